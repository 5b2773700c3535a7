//! World, actors, adversaries, model and invariants over cw-multi-test
