"""The modules, a file per subject; `registry.modules` imports them all."""
