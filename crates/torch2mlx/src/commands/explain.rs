//! `torch2mlx explain [CODE]`.

use std::io::Write;

use t2m_port::codes;

use crate::failure::failure;
use crate::suggest::nearest;

pub(crate) fn run(code: Option<&str>) -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    match code {
        None => {
            for code in codes::all() {
                writeln!(out, "{}  {}", code.code, code.title())?;
            }
        }
        Some(code) => {
            let page = codes::page(code.trim()).ok_or_else(|| unknown(code))?;
            out.write_all(page.as_bytes())?;
        }
    }
    Ok(crate::OK)
}

fn unknown(code: &str) -> anyhow::Error {
    let help = match nearest(code.trim(), codes::all().iter().map(|code| code.code)) {
        Some(near) => format!("did you mean `{near}`? `torch2mlx explain` lists all codes"),
        None => "`torch2mlx explain` lists all codes".into(),
    };
    failure(format!("there is no code `{code}`"), help)
}
