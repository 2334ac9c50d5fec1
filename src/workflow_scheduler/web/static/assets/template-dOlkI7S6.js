function e(e){return`id: ${e}
description: ""
tasks:
  - id: task_1
    command: echo
    args: Hello World

# When it runs; remove the first # of each line to use it.
# schedules:
#   - cron: "0 0 * * mon-fri"
`}function t(e){return/^id: *(["']?)([\w.-]+)\1 *(#.*)?$/m.exec(e)?.[2]??null}export{e as n,t};