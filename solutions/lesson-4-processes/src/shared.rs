//! Counters and histograms that every process sees.
