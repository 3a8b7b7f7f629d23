//! Work for a processor: primes, by the sieve of Eratosthenes, segment by segment.

/// Numbers that are sieved together: their flags fit into the first-level cache, and one takes some 50 µs.
const SEGMENT: u64 = 32 * 1024;

/// How many primes there are below a number; nothing when it is not to go on, which is asked between two segments.
pub fn count(below: u64, goes_on: impl Fn() -> bool) -> Option<u64> {
    let small = small_primes(below.isqrt());
    let mut composite = vec![false; SEGMENT as usize];
    let mut count = 0;
    let mut start = 2;
    while start < below {
        if !goes_on() {
            return None;
        }
        let end = (start + SEGMENT).min(below);
        composite.fill(false);
        for &prime in small.iter().take_while(|&&prime| prime * prime < end) {
            let first = start.next_multiple_of(prime).max(prime * prime);
            for multiple in (first..end).step_by(prime as usize) {
                composite[(multiple - start) as usize] = true;
            }
        }
        let flags = &composite[..(end - start) as usize];
        count += flags.iter().filter(|&&composite| !composite).count() as u64;
        start = end;
    }
    Some(count)
}

/// All primes up to `last`, which is small.
fn small_primes(last: u64) -> Vec<u64> {
    let mut primes: Vec<u64> = Vec::new();
    for number in 2..=last {
        let divides = |&&prime: &&u64| number % prime == 0;
        let divisor = primes.iter().take_while(|&&prime| prime * prime <= number).find(divides);
        if divisor.is_none() {
            primes.push(number);
        }
    }
    primes
}
