//! A long text of PEM, read while it passes: one core parts it into blocks, all of them look into these.

use std::io::{self, BufReader, Read};
use std::num::NonZero;
use std::thread;

use pki::encoding::pem::BlockReader;
use pki::encoding::{Found, Numbered, Password, recognise_block};

/// Octets read at once.
const PIECE: usize = 1 << 18;
/// Blocks that are looked into while the next are read.
const ROUND: usize = 1_024;

/// Reads a text of PEM and hands over what is in it, in its order. `take` ends it by returning an error.
pub(super) fn read_blocks<E: From<io::Error>>(
    text: impl Read,
    passwords: &[Password],
    mut take: impl FnMut(Vec<Found>) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = BlockReader::new(BufReader::with_capacity(PIECE, text));
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let mut number = 0;
    let mut round = next_round(&mut reader, &mut number)?;
    while !round.is_empty() {
        let share = round.len().div_ceil(workers).max(1);
        let mut shares = Vec::new();
        while !round.is_empty() {
            let behind = round.split_off(share.min(round.len()));
            shares.push(std::mem::replace(&mut round, behind));
        }
        let (found, next) = thread::scope(|scope| {
            let looking: Vec<_> = shares.into_iter().map(|share| scope.spawn(move || look_into(share, passwords))).collect();
            let next = next_round(&mut reader, &mut number);
            let found: Vec<_> =
                looking.into_iter().map(|looking| looking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect();
            (found, next)
        });
        found.into_iter().try_for_each(&mut take)?;
        round = next?;
    }
    Ok(())
}

fn look_into(blocks: Vec<Numbered>, passwords: &[Password]) -> Vec<Found> {
    blocks.into_iter().flat_map(|block| recognise_block(block, passwords)).collect()
}

fn next_round<R: Read>(reader: &mut BlockReader<BufReader<R>>, number: &mut u64) -> io::Result<Vec<Numbered>> {
    let mut round = Vec::new();
    while round.len() < ROUND {
        let Some(block) = reader.next_block()? else { break };
        *number += 1;
        round.push(Numbered { number: *number, block });
    }
    Ok(round)
}
