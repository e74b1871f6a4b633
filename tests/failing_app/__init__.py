"""What goes wrong in a store, on purpose: each failure holds a canary in its message, its arguments or the row that is refused."""
