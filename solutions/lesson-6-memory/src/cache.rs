//! A cache with two bounds and an expiry.
