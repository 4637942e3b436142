# Guests: interpreters that are compiled to WebAssembly and run in the sandbox like any user module.
