"""The roof: the processes and commands. Only here may everything be imported."""
