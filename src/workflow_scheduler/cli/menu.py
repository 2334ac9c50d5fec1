"""The numbered menu."""


def open_menu(home: str | None) -> None:
    raise SystemExit("the menu comes next")
