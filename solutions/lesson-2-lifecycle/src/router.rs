//! From a path to a handler, through a tree of its segments.
