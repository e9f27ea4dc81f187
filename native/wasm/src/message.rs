//! Messages: JSON and arrays of 32-bit words, in memory that the sender allocated and the receiver frees.
//!
//! A message is a block of words: the length of the JSON text in bytes, the number of arrays, address and length of each
//! array, then the text.

use penchant_kernels::failure::{Failure, Result};
use penchant_kernels::request::{Request, Words};
use serde_json::{Value, json};

/// Words before the list of arrays.
const HEAD: usize = 2;

/// What JavaScript asks, or what it is answered.
#[derive(Debug, Default, PartialEq)]
pub struct Message {
    pub value: Value,
    pub arrays: Vec<Words>,
}

pub fn from_floats(values: Vec<f32>) -> Words {
    values.into_iter().map(f32::to_bits).collect()
}

pub fn from_ints(values: Vec<i32>) -> Words {
    values.into_iter().map(i32::cast_unsigned).collect()
}

/// A number that keeps every bit, NaN and infinity included, which JSON would not.
pub fn from_real(value: f64) -> Words {
    let bits = value.to_bits();
    vec![bits as u32, (bits >> 32) as u32]
}

impl Message {
    /// # Safety
    /// `block` and the arrays that it names were made by `allocate` or [`Message::give`] and are used by nobody else.
    pub unsafe fn take(block: *mut u32) -> Result<Self> {
        // SAFETY: a block has a head, and then as many words as the head says.
        let (text_bytes, count) = unsafe { (*block as usize, *block.add(1) as usize) };
        let list = HEAD + 2 * count;
        // SAFETY: as above.
        let block = unsafe { own(block, list + text_bytes.div_ceil(4)) };
        let arrays = block[HEAD..list].chunks_exact(2).map(|pair| {
            // SAFETY: the caller vouches for the arrays.
            unsafe { own(pair[0] as usize as *mut u32, pair[1] as usize) }
        });
        let arrays = arrays.collect();
        let bytes: Vec<u8> = block[list..].iter().flat_map(|word| word.to_le_bytes()).take(text_bytes).collect();
        let value =
            serde_json::from_slice(&bytes).map_err(|error| Failure::input("A message is not JSON").received(error))?;
        Ok(Self { value, arrays })
    }

    /// As a request.
    ///
    /// # Safety
    /// As [`Self::take`].
    pub unsafe fn request(block: *mut u32) -> Result<Request> {
        // SAFETY: the caller's promise.
        unsafe { Self::take(block) }.map(|message| Request::new(message.value, message.arrays))
    }

    /// Hands the message over: the receiver frees the block and the arrays with `release`.
    pub fn give(self) -> *mut u32 {
        let text = self.value.to_string().into_bytes();
        let mut block = vec![text.len() as u32, self.arrays.len() as u32];
        for array in self.arrays {
            let words = array.len() as u32;
            block.extend([disown(array) as usize as u32, words]);
        }
        block.extend(text.chunks(4).map(|bytes| {
            let mut word = [0; 4];
            word[..bytes.len()].copy_from_slice(bytes);
            u32::from_le_bytes(word)
        }));
        disown(block)
    }
}

/// A result as a message: `{"value": …}` with arrays, or `{"failure": …}`.
pub fn answer(result: Result<Message>) -> *mut u32 {
    let message = match result {
        Ok(Message { value, arrays }) => Message { value: json!({ "value": value }), arrays },
        Err(failure) => Message { value: json!({ "failure": failure.to_json() }), arrays: Vec::new() },
    };
    message.give()
}

/// # Safety
/// `words` words at `pointer` come from `allocate` or [`disown`] and are used by nobody else.
pub unsafe fn own(pointer: *mut u32, words: usize) -> Words {
    if words == 0 {
        return Vec::new();
    }
    // SAFETY: both ways allocate exactly this many words with the layout of a vector of this capacity.
    unsafe { Vec::from_raw_parts(pointer, words, words) }
}

/// The address of the words, which from now on belong to the receiver.
fn disown(words: Words) -> *mut u32 {
    Box::leak(words.into_boxed_slice()).as_mut_ptr()
}
