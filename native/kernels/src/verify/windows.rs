//! What looks at images part by part.

use super::{sized, wrong};
use crate::failure::Result;
use crate::plan::{Dims, Instruction, Op};
use crate::window::{Parts, Window};

pub(super) fn infer(op: &Op, operands: &[&Instruction]) -> Result<Dims> {
    let x = &operands[0].shape;
    match op {
        Op::Unfold(parts) => {
            let window = window(operands, *parts)?;
            sized(x, vec![count(&window, operands)?, window.part()], operands)
        }
        Op::Fold(parts, height, width) => {
            let &[places, part] = &x.fixed[..] else { return Err(wrong("parts [batch,parts,numbers]", operands)) };
            let channels = part / (parts.size * parts.size);
            let window = Window { height: *height, width: *width, channels, parts: *parts };
            if !x.batch || channels == 0 || window.part() != part || count(&window, operands)? != places {
                return Err(wrong("what unfold makes of the image", operands));
            }
            sized(x, vec![*height, *width, channels], operands)
        }
        Op::Pool(_, parts) => pooled(operands, *parts),
        Op::PoolGrad(_, parts) => match pooled(operands, *parts)? {
            kept if kept == operands[1].shape => Ok(x.clone()),
            _ => Err(wrong("images and the gradient of what was pooled", operands)),
        },
        _ => unreachable!("an op of images"),
    }
}

fn window(operands: &[&Instruction], parts: Parts) -> Result<Window> {
    match (operands[0].shape.batch, &operands[0].shape.fixed[..]) {
        (true, &[height, width, channels]) => Ok(Window { height, width, channels, parts }),
        _ => Err(wrong("images [batch,height,width,channels]", operands)),
    }
}

fn count(window: &Window, operands: &[&Instruction]) -> Result<usize> {
    let (down, across) = window.count().ok_or_else(|| wrong("an image that holds a part", operands))?;
    down.checked_mul(across).ok_or_else(|| wrong("a smaller image", operands))
}

fn pooled(operands: &[&Instruction], parts: Parts) -> Result<Dims> {
    let window = window(operands, parts)?;
    let (down, across) = window.count().ok_or_else(|| wrong("an image that holds a part", operands))?;
    sized(&operands[0].shape, vec![down, across, window.channels], operands)
}
