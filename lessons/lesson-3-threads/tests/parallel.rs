//! Goal: what is computed in pieces is what is computed at once, and the pieces are computed at the same time.
//!
//! Method: the same text in any number of pieces, compared with one; threads that go on only when all of them are at work.
//! Not proven: that it is faster (the benchmark).

use rayon::ThreadPoolBuilder;
use threads::parallel::{Summary, cut, summarize, summarize_piece, summarize_with};
use witness::rendezvous::Rendezvous;

const TEXT: &str = "Oslo;-52\nMálaga;311\nOslo;17\nno measurement\nMálaga;-4\n;5\nLima;hot\nOslo;0";

/// A text with so many lines, of as many stations as there are digits.
fn long(lines: usize) -> String {
    let line =
        |number: usize| format!("station-{};{}\n", number % 10, (number * 37 % 601) as i64 - 300);
    (0..lines).map(line).collect()
}

#[test]
fn a_text_is_summed_up() {
    let stations = summarize(TEXT, 1);
    let oslo = Summary { count: 3, sum: -35, min: -52, max: 17 };
    let malaga = Summary { count: 2, sum: 307, min: -4, max: 311 };
    let nameless = Summary { count: 1, sum: 5, min: 5, max: 5 };
    let expected = [("", nameless), ("Málaga", malaga), ("Oslo", oslo)];
    assert_eq!(stations.into_iter().collect::<Vec<_>>(), expected);
    assert!(summarize("", 4).is_empty());
}

#[test]
fn lines_that_are_no_measurements_are_left_out() {
    for text in ["", "\n", "no measurement", ";", "Lima;", "Lima;hot", "Lima;1.5", "Lima;99999"] {
        assert!(summarize_piece(text).is_empty(), "{text:?}");
    }
}

#[test]
fn one_piece_is_the_whole_text() {
    for text in [TEXT, "one line", "with its end\n"] {
        assert_eq!(cut(text, 1), [text]);
    }
    assert!(cut("", 3).is_empty());
}

#[test]
fn pieces_are_whole_lines_and_all_of_the_text() {
    for text in [TEXT, &long(1000), "", "\n\n\n", "one line", "ü;1\nü;2\n"] {
        for pieces in 1..20 {
            let cut = cut(text, pieces);
            assert_eq!(cut.concat(), text, "in {pieces} pieces");
            assert!(cut.len() <= pieces, "{} of {pieces}", cut.len());
            let (_, all_but_the_last) = cut.split_last().unwrap_or((&"", &[]));
            assert!(all_but_the_last.iter().all(|piece| piece.ends_with('\n')));
            assert!(cut.iter().all(|piece| !piece.is_empty()));
        }
    }
}

#[test]
fn pieces_have_about_the_same_length() {
    let text = long(10_000);
    for pieces in [2, 3, 8] {
        let lengths: Vec<usize> = cut(&text, pieces).iter().map(|piece| piece.len()).collect();
        assert_eq!(lengths.len(), pieces);
        let (least, most) = (lengths.iter().min().unwrap(), lengths.iter().max().unwrap());
        assert!(most - least < 100, "{lengths:?}");
    }
}

#[test]
fn however_it_is_cut_the_result_is_the_same() {
    let text = long(2000);
    let expected = summarize_piece(&text);
    for pieces in [1, 2, 3, 7, 64, 5000] {
        assert_eq!(summarize(&text, pieces), expected, "in {pieces} pieces");
    }
}

#[test]
fn pieces_are_summed_up_at_the_same_time() {
    let pool = ThreadPoolBuilder::new().num_threads(4).build().expect("threads start");
    let (text, all) = (long(400), Rendezvous::of(4));
    let stations = pool.install(|| {
        summarize_with(&text, 4, |piece| {
            assert_eq!(all.meet(), Ok(()), "four pieces, and four threads that have nothing to do");
            summarize_piece(piece)
        })
    });
    assert_eq!(stations, summarize_piece(&text));
}
