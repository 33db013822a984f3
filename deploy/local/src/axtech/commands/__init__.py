"""The commands of `axtech`, a module for each group; see `axtech.cli`."""
