//! Messages, queries, events, error codes, roles and handles of the Joule contracts
