//! Memory is touched, a byte of each page: how many pages fault, and what does that cost?

use std::error::Error;
use std::hint::black_box;
use std::io::{Read, Seek, Write};
use std::time::Instant;

use memmap2::{Advice, MmapMut, MmapOptions};
use witness::counters::page_faults;
use witness::lab::{Column, Table, parameter, progress};

const PAGE: usize = 4096;

fn main() -> Result<(), Box<dyn Error>> {
    let length = parameter("mib") as usize * (1 << 20);
    let mut file = tempfile::tempfile()?;
    file.write_all(&vec![b'x'; length])?;
    let pages = length / PAGE;
    let mut table = Table::new(vec![
        Column { key: "faults", title: "page faults", unit: "", digits: 0 },
        Column { key: "each", title: "time for a page", unit: "ns", digits: 1 },
    ]);
    let mut row = |key, title, (faults, nanoseconds): (u64, f64)| {
        table.row(key, title, &[faults as f64, nanoseconds / pages as f64].map(Some));
    };
    progress(0, 6);
    // Once for nobody: in a virtual machine, what the kernel has never used is fetched from the host first.
    for advice in [Advice::HugePage, Advice::NoHugePage] {
        let mut memory = MmapMut::map_anon(length)?;
        let _ = memory.advise(advice);
        touch(&mut memory);
    }

    let mut fresh = MmapMut::map_anon(length)?;
    fresh.advise(Advice::NoHugePage)?;
    row("fresh", "new memory", measured(|| touch(&mut fresh)));
    row("again", "the same memory again", measured(|| touch(&mut fresh)));
    drop(fresh);
    progress(2, 6);

    let mut huge = MmapMut::map_anon(length)?;
    // Where the kernel has no huge pages, or none is free, it is as the first row.
    let _ = huge.advise(Advice::HugePage);
    row("huge", "new memory, in pages of 2 MB", measured(|| touch(&mut huge)));
    drop(huge);
    progress(3, 6);

    // SAFETY: nobody writes to the file, which is this program's own.
    let mapped = unsafe { MmapOptions::new().map(&file)? };
    row("mapped", "a mapped file", measured(|| look(&mapped)));
    drop(mapped);
    let populated = measured(|| {
        // SAFETY: as above.
        let mapped = unsafe { MmapOptions::new().populate().map(&file) };
        look(&mapped.expect("it could be mapped before"));
    });
    row("populated", "a file that is mapped with all its pages", populated);
    progress(5, 6);

    let mut buffer = vec![1; 64 << 10];
    file.rewind()?;
    let read = measured(|| {
        while file.read(&mut buffer).expect("it can be read") > 0 {
            look(&buffer);
        }
    });
    row("read", "the file read into a buffer that is kept", read);
    progress(6, 6);
    table.note("The file is in memory. For the populated one, mapping it is part of the time, and for the last one, copying.");
    table.print();
    Ok(())
}

/// Page faults and nanoseconds.
fn measured(work: impl FnOnce()) -> (u64, f64) {
    let (faults, begin) = (page_faults(), Instant::now());
    work();
    let time = begin.elapsed().as_secs_f64() * 1e9;
    (page_faults() - faults, time)
}

fn touch(memory: &mut [u8]) {
    memory.iter_mut().step_by(PAGE).for_each(|byte| *byte = 1);
    black_box(memory);
}

fn look(memory: &[u8]) {
    black_box(memory.iter().step_by(PAGE).map(|byte| u64::from(*byte)).sum::<u64>());
}
