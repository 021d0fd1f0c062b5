"""How the shipped models are trained: their configs, the configs of the grid, and what only one
model needs. The library does not import it."""
