#pragma once

namespace inframind {

/// Sets the allocator up for a small program that lives long: one arena, freed memory given back early.
void keep_memory_small();

/// Gives back what start-up or a TLS handshake touched and the steady state does not need: free heap, and the pages of
/// code, which stay in the page cache and come back when they are used.
void release_clean_pages();

}  // namespace inframind
