//! `cargo xtask icons`: every size from the two drawings, and the containers that Windows and macOS want.

use std::path::Path;

use crate::invocation::{Failure, Invocation};
use crate::step::Steps;
use crate::workspace;

/// Edge lengths in pixels.
const SIZES: &[u32] = &[16, 24, 32, 48, 64, 128, 256, 512, 1024];
/// Up to this size the simplified drawing is used: the rosette's teeth would blur.
const SMALL_UP_TO: u32 = 32;
/// The images in `icon.ico`.
const WINDOWS: &[u32] = &[16, 24, 32, 48, 64, 128, 256];
/// The images in `icon.icns` by Apple's type codes for PNG.
const APPLE: &[(&[u8; 4], u32)] = &[
    (b"icp4", 16),
    (b"icp5", 32),
    (b"icp6", 64),
    (b"ic07", 128),
    (b"ic08", 256),
    (b"ic09", 512),
    (b"ic10", 1024),
    (b"ic11", 32),
    (b"ic12", 64),
    (b"ic13", 256),
    (b"ic14", 512),
];

pub(crate) fn icons() -> Result<(), Failure> {
    let folder = workspace::at("icons");
    let mut steps = Steps::default();
    steps.step("icons", |_| {
        for &size in SIZES {
            let drawing = if size <= SMALL_UP_TO { "app-small.svg" } else { "app.svg" };
            draw(&folder.join(drawing), size, &folder.join(name(size)))?;
        }
        std::fs::copy(folder.join(name(256)), folder.join("128x128@2x.png"))?;
        std::fs::copy(folder.join(name(512)), folder.join("icon.png"))?;
        std::fs::write(folder.join("icon.ico"), ico(&pictures(&folder, WINDOWS)?)?)?;
        let sizes: Vec<u32> = APPLE.iter().map(|(_, size)| *size).collect();
        Ok(std::fs::write(folder.join("icon.icns"), icns(&pictures(&folder, &sizes)?)?)?)
    })
}

fn name(size: u32) -> String {
    format!("{size}x{size}.png")
}

fn draw(drawing: &Path, size: u32, picture: &Path) -> Result<(), Failure> {
    let edge = size.to_string();
    Invocation::new("rsvg-convert")
        .arguments(&["--width", &edge, "--height", &edge, "--output"])
        .argument(picture)
        .argument(drawing)
        .run()
        .map_err(|failure| Failure::new(format!("{failure}\n(rsvg-convert is in the package librsvg2-bin)")))
}

fn pictures(folder: &Path, sizes: &[u32]) -> Result<Vec<(u32, Vec<u8>)>, Failure> {
    sizes.iter().map(|&size| Ok((size, std::fs::read(folder.join(name(size)))?))).collect()
}

fn length(bytes: usize) -> Result<u32, Failure> {
    u32::try_from(bytes).map_err(|_| Failure::new("an icon is larger than 4 GiB"))
}

/// Windows' container: a header of 6 bytes, 16 bytes per image, then the PNG files.
fn ico(pictures: &[(u32, Vec<u8>)]) -> Result<Vec<u8>, Failure> {
    let count = u16::try_from(pictures.len()).map_err(|_| Failure::new("too many images"))?;
    let mut file = vec![0, 0, 1, 0];
    file.extend(count.to_le_bytes());
    let mut offset = 6 + 16 * u32::from(count);
    for (size, png) in pictures {
        // One byte per edge; 256 is written as 0.
        let edge = u8::try_from(*size).unwrap_or(0);
        file.extend([edge, edge, 0, 0, 1, 0, 32, 0]);
        file.extend(length(png.len())?.to_le_bytes());
        file.extend(offset.to_le_bytes());
        offset += length(png.len())?;
    }
    file.extend(pictures.iter().flat_map(|(_, png)| png));
    Ok(file)
}

/// Apple's container: type and length of the file, then type and length of each image before its PNG file.
fn icns(pictures: &[(u32, Vec<u8>)]) -> Result<Vec<u8>, Failure> {
    let mut images = Vec::new();
    for ((code, _), (_, png)) in APPLE.iter().zip(pictures) {
        images.extend(code.iter());
        images.extend((length(png.len())? + 8).to_be_bytes());
        images.extend(png);
    }
    let mut file = b"icns".to_vec();
    file.extend((length(images.len())? + 8).to_be_bytes());
    file.extend(images);
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn a_windows_container_points_at_its_images() {
        let file = ico(&[(16, vec![1, 2, 3]), (256, vec![4])]).expect("small");
        let header = [0, 0, 1, 0, 2, 0];
        let first = [16, 16, 0, 0, 1, 0, 32, 0, 3, 0, 0, 0, 38, 0, 0, 0];
        let second = [0, 0, 0, 0, 1, 0, 32, 0, 1, 0, 0, 0, 41, 0, 0, 0];
        assert_eq!(file, [&header[..], &first, &second, &[1, 2, 3, 4]].concat());
    }

    #[test]
    fn an_apple_container_counts_its_headers() {
        let file = icns(&[(16, vec![7, 7])]).expect("small");
        assert_eq!(file, [&b"icns"[..], &[0, 0, 0, 18], b"icp4", &[0, 0, 0, 10], &[7, 7]].concat());
    }
}
