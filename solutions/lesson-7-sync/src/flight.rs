//! One load for everybody who asks at the same time.
