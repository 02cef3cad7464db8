"""One technology each: an adapter fulfils a port and translates its technology's errors into ours."""
