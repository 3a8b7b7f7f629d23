//! Who lives, who dies, and when to try again.
