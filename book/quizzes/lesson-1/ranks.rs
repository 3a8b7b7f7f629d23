/// How many per cent of all samples do not exceed this one.
fn share(samples: &[usize], sample: usize) -> usize {
    let within = samples.iter().filter(|&&s| s <= sample);
    within.count() * 100 / samples.len()
}

fn main() {
    let samples = [10, 20, 30, 40, 50];
    for percent in [50, 80, 81] {
        for sample in samples {
            if share(&samples, sample) >= percent {
                println!("{sample}");
                break;
            }
        }
    }
}
