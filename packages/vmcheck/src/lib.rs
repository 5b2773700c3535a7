//! Checks and gas of the compiled contracts in cosmwasm-vm; test-only, exchanges bytes with the rest
