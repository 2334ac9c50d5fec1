"""Workers on other machines, as their schedulers see them."""
