"""Models made from the server's OpenAPI document by `make client-types`."""
