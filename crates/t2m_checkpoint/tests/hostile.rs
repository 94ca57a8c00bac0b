//! Files that want to run something, or to take all memory and time. Each ends at once with one line that names the reason.
#![allow(clippy::unwrap_used)]

mod made;

use std::time::{Duration, Instant};

use made::*;
use t2m_checkpoint::{Checkpoint, Format, OpenOptions, WriteOptions, write};

/// What a file is refused with, on opening or on writing.
fn refusal(bytes: Vec<u8>) -> String {
    let started = Instant::now();
    let refused = try_all(bytes).expect_err("it is refused").to_string();
    // A second in a release build; this one may be slow, and the machine busy.
    assert!(started.elapsed() < Duration::from_secs(60), "{refused} took {:?}", started.elapsed());
    assert!(!refused.contains('\n') && refused.len() < 600, "{refused}");
    refused
}

fn try_all(bytes: Vec<u8>) -> t2m_checkpoint::Result<usize> {
    let checkpoint = Checkpoint::from_bytes(bytes, &OpenOptions::default())?;
    let folder = tempfile::tempdir().unwrap();
    let options = WriteOptions { limit: checkpoint.output_limit(), ..WriteOptions::default() };
    let written = write(&checkpoint.outputs(Format::Safetensors)?, &folder.path().join("out.safetensors"), &options);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), usize::from(written.is_ok()), "nothing is left behind");
    written.map(|written| written.files.len())
}

#[track_caller]
fn refused(bytes: Vec<u8>, reason: &str) {
    let said = refusal(bytes);
    assert!(said.contains(reason), "{said}");
}

fn good() -> Vec<u8> {
    tensor("0", 4, 0, &[2, 2], &[2, 1])
}

#[test]
fn the_good_file_is_good() {
    assert_eq!(try_all(checkpoint(dict(&[("w", good())]))), Ok(1));
}

#[test]
fn calls_are_never_made_and_refuse_the_file() {
    for (module, name) in [
        ("os", "system"),
        ("posix", "system"),
        ("__builtin__", "eval"),
        ("builtins", "exec"),
        ("subprocess", "Popen"),
        ("torch.hub", "load"),
    ] {
        let evil = call(global(module, name), tuple(&[text("touch /tmp/x")]));
        refused(checkpoint(dict(&[("w", good()), ("x", evil.clone())])), "no business in a checkpoint");
        // Popped off the stack, and built by STACK_GLOBAL.
        refused(checkpoint([evil, b"0".to_vec(), dict(&[("w", good())])].concat()), "no business in a checkpoint");
        let stacked = [text(module), text(name), b"\x930".to_vec(), dict(&[("w", good())])].concat();
        refused(checkpoint(stacked), "no business in a checkpoint");
    }
    refused(checkpoint([b"\x82\x01".to_vec(), dict(&[("w", good())])].concat()), "never writes");
    refused(checkpoint(dict(&[("w", good()), ("x", call(global("mine", "Thing"), tuple(&[])))])), "is no tensor but `mine.Thing`");
}

#[test]
fn nesting_and_sharing_take_no_memory() {
    let nested = [b")".to_vec(), vec![0x85; 1_000_000]].concat();
    refused(checkpoint(nested), "is a list");
    let deep = b"}U\x01a".repeat(100_000);
    refused(checkpoint([deep, b"}".to_vec(), b"s".repeat(100_000)].concat()), "no tensor");
    // 2^40 paths through one dict that is referenced twice at each level.
    let mut bomb = dict(&[("a", int(1))]);
    bomb.extend(b"q\0");
    for level in 0u8..40 {
        bomb.extend(
            [b"0}(".to_vec(), text("a"), vec![b'h', level], text("b"), vec![b'h', level], b"u".to_vec(), vec![b'q', level + 1]].concat(),
        );
    }
    refused(checkpoint(bomb), "no tensor");
    // The same with modules.
    let module = |children: Vec<u8>| {
        let state = [b"}(".to_vec(), text("_parameters"), b"}".to_vec(), text("_modules"), children, b"u".to_vec()].concat();
        [global("m", "M"), b")\x81".to_vec(), state, b"b".to_vec()].concat()
    };
    let mut bomb = [module(b"}".to_vec()), b"q\0".to_vec()].concat();
    for level in 0u8..40 {
        let children = [b"}(".to_vec(), text("a"), vec![b'h', level], text("b"), vec![b'h', level], b"u".to_vec()].concat();
        bomb.extend([b"0".to_vec(), module(children), vec![b'q', level + 1]].concat());
    }
    refused(checkpoint(bomb), "without end");
    // A dict that holds itself.
    refused(checkpoint([b"}q\0".to_vec(), text("model"), b"h\0s".to_vec()].concat()), "no tensor");
}

#[test]
fn lengths_are_checked_before_memory_is_taken() {
    for body in [
        [b"\x8d".to_vec(), (1u64 << 60).to_le_bytes().to_vec()].concat(),
        [b"X".to_vec(), u32::MAX.to_le_bytes().to_vec()].concat(),
        [b"\x96".to_vec(), u64::MAX.to_le_bytes().to_vec()].concat(),
        [b"\x8b".to_vec(), u32::MAX.to_le_bytes().to_vec()].concat(),
    ] {
        refusal(checkpoint(body));
    }
    // A memo index of 2^32 - 1 is five bytes.
    let body = [b"}r\xff\xff\xff\xff".to_vec(), b"0j\xff\xff\xff\xff".to_vec()].concat();
    refused(checkpoint(body), "no tensor");
    for body in [&b"R"[..], b"t", b"(", b"a", b"h\x07", b"0", b"}(K\x01u", b"\x93", b"b", b"Q", b"s"] {
        refused(checkpoint(body.to_vec()), "damaged");
    }
}

#[test]
fn tensors_lie_in_their_storages() {
    for (count, offset, size, stride) in [
        (4, 0, vec![5], vec![1]),
        (4, 1, vec![4], vec![1]),
        (4, -1, vec![1], vec![1]),
        (4, 0, vec![-1], vec![1]),
        (4, 0, vec![2], vec![-1]),
        (4, 0, vec![i64::MAX, i64::MAX], vec![0, 0]),
        (4, i64::MAX, vec![1], vec![1]),
        (4, 0, vec![2, 2], vec![i64::MAX, 1]),
        (4, 0, vec![2], vec![1, 1]),
        (5, 0, vec![2], vec![1]),
        (i64::MAX, 0, vec![2], vec![1]),
        (-1, 0, vec![2], vec![1]),
        (4, 0, vec![1 << 31], vec![0]),
    ] {
        refused(checkpoint(dict(&[("w", tensor("0", count, offset, &size, &stride))])), "`w`: ");
    }
    for key in ["1", "../data.pkl", "/etc/passwd", ""] {
        refused(checkpoint(dict(&[("w", tensor(key, 4, 0, &[1], &[1]))])), "is missing");
    }
}

/// What could change the numbers in a way that is not known.
#[test]
fn unknown_properties_are_refused() {
    let with = |sixth: Vec<u8>, metadata: Vec<u8>| {
        let id = tuple(&[text("storage"), global("torch", "FloatStorage"), text("0"), text("cpu"), int(4), sixth]);
        let storage = [id, b"Q".to_vec()].concat();
        let args = tuple(&[storage, int(0), numbers(&[2]), numbers(&[1]), b"\x89".to_vec(), b"N".to_vec(), metadata]);
        checkpoint(dict(&[("w", call(global("torch._utils", "_rebuild_tensor_v2"), args))]))
    };
    assert_eq!(try_all(with(b"N".to_vec(), dict(&[("neg", b"\x88".to_vec())]))), Ok(1));
    refused(with(numbers(&[0, 1]), b"N".to_vec()), "view of another");
    refused(with(b"N".to_vec(), dict(&[("lazy", b"\x88".to_vec())])), "property `lazy`");
}

#[test]
fn a_few_bytes_are_no_terabytes() {
    let wide = tensor("0", 4, 0, &[1 << 20, 1 << 10], &[0, 0]);
    refused(checkpoint(dict(&[("w", wide)])), "far more than the file has");
    let half = tensor("0", 4, 0, &[1 << 13], &[0]);
    let names: Vec<String> = (0..20_000).map(|i| format!("w{i}")).collect();
    let many: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (name.as_str(), half.clone())).collect();
    refused(checkpoint(dict(&many)), "far more than the file has");
}

#[test]
fn archives_are_what_their_directory_says() {
    let data = || record("a/data.pkl", pickle(dict(&[("w", good())])));
    let storage = || record("a/data/0", vec![0; 16]);
    refused(archive(&[data(), data(), storage()]), "two records are called");
    refused(archive(&[data(), record("b/data.pkl", pickle(b"}".to_vec())), storage()]), "two pickles");
    refused(archive(&[data(), made::Record { offset: Some(0), ..storage() }]), "another name");
    refused(archive(&[data(), made::Record { offset: Some(u32::MAX - 1), ..storage() }]), "not where the directory says");
    refused(archive(&[data(), made::Record { method: 8, size: Some(1 << 30), ..storage() }]), "compressed");
    refused(archive(&[data(), made::Record { flags: 1, ..storage() }]), "encrypted");
    refused(archive(&[data(), made::Record { size: Some(1 << 20), ..storage() }]), "beyond its place");
    refused(archive(&[made::Record { method: 8, ..data() }, storage()]), "compressed");
    refused(archive(&[data(), record("a/constants.pkl", ""), storage()]), "TorchScript");
    refused(archive(&[data(), record("a/byteorder", "middle"), storage()]), "byte order");
    refused(archive(&[record("a.txt", "a")]), "no checkpoint");
    // A gigabyte of zeros in a kilobyte, said and unsaid.
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1073741824,), }\n";
    let npy = [b"\x93NUMPY\x01\0".to_vec(), (header.len() as u16).to_le_bytes().to_vec(), header.as_bytes().to_vec()].concat();
    for size in [1 << 30, 100] {
        let packed = deflated_zeros(&npy, 1 << 20);
        refusal(archive(&[made::Record { method: 8, size: Some(size), ..record("x.npy", packed) }]));
    }
}

fn deflated_zeros(head: &[u8], zeros: usize) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(head).unwrap();
    encoder.write_all(&vec![0; zeros]).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn safetensors_are_what_their_header_says() {
    let file =
        |header: &str, data: usize| [(header.len() as u64).to_le_bytes().to_vec(), header.as_bytes().to_vec(), vec![0; data]].concat();
    let tensor = |begin: u64, end: u64| format!(r#"{{"dtype":"F32","shape":[2],"data_offsets":[{begin},{end}]}}"#);
    for (header, data, reason) in [
        (format!(r#"{{"a":{},"b":{}}}"#, tensor(0, 8), tensor(4, 12)), 12, "overlap"),
        (format!(r#"{{"a":{},"b":{}}}"#, tensor(0, 8), tensor(9, 17)), 17, "hole"),
        (format!(r#"{{"a":{}}}"#, tensor(0, 8)), 9, "longer than its header"),
        (format!(r#"{{"a":{}}}"#, tensor(0, 8)), 7, "truncated"),
        (format!(r#"{{"a":{},"a":{}}}"#, tensor(0, 8), tensor(8, 16)), 16, "twice"),
        (r#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#.into(), 8, "can't be read"),
        (r#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#.into(), 8, "`a`: "),
        (r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}}"#.into(), 8, "`a`: "),
        (r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}"#.into(), 8, "out of order"),
        (r#"{"a":{"dtype":"F6","shape":[1],"data_offsets":[0,8]}}"#.into(), 8, "not known"),
        (format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000)), 0, "can't be read"),
    ] {
        refused(file(&header, data), reason);
    }
    refused([(1u64 << 32).to_le_bytes().to_vec(), b"{}".to_vec(), vec![0; 64]].concat(), "limit");
    refused([u64::MAX.to_le_bytes().to_vec(), b"{}".to_vec(), vec![0; 64]].concat(), "limit");
}

/// What the search for the state of an optimizer says of a pickle.
fn optimizer(body: Vec<u8>) -> String {
    let started = Instant::now();
    let options = OpenOptions { part: t2m_checkpoint::Part::Optimizer(None), ..OpenOptions::default() };
    let said = match Checkpoint::from_bytes(checkpoint(body), &options) {
        Ok(_) => "read".to_owned(),
        Err(error) => error.to_string(),
    };
    assert!(started.elapsed() < Duration::from_secs(60), "{said} took {:?}", started.elapsed());
    said
}

#[test]
fn states_of_optimizers_are_no_bombs() {
    // One large dict, a hundred thousand times: in a list, as parameters of groups, as what is kept of parameters.
    const MANY: usize = 100_000;
    let large: Vec<u8> =
        [b"}(".to_vec(), (0..MANY as i64).flat_map(|i| [int(i), b"N".to_vec()].concat()).collect(), b"uq\x01".to_vec()].concat();
    let again = |n: usize| b"h\x01".repeat(n);
    let listed = [large.clone(), b"0](".to_vec(), again(MANY), b"e".to_vec()].concat();
    assert!(optimizer(listed).contains("no state of an optimizer"));
    let state = |state: Vec<u8>, groups: Vec<u8>| dict(&[("state", state), ("param_groups", groups)]);
    let keyed: Vec<u8> = (0..MANY as i64).flat_map(|i| [int(i), b"h\x01".to_vec()].concat()).collect();
    let kept = [large.clone(), b"0".to_vec(), state([b"}(".to_vec(), keyed, b"u".to_vec()].concat(), b"]".to_vec())].concat();
    assert!(optimizer(kept).contains("more than"));
    let numbers: Vec<u8> = [b"](".to_vec(), (0..MANY as i64).flat_map(int).collect(), b"eq\x02".to_vec()].concat();
    let group = dict(&[("params", b"h\x02".to_vec())]);
    let groups = [b"](".to_vec(), group.repeat(1000), b"e".to_vec()].concat();
    assert!(optimizer([numbers, b"0".to_vec(), state(b"}".to_vec(), groups)].concat()).contains("more than"));
    // Beside the weights.
    let named: Vec<u8> = (0..MANY).flat_map(|i| [text(&format!("k{i}")), b"h\x01".to_vec()].concat()).collect();
    let model = [text("model"), dict(&[("w", tensor("0", 4, 0, &[4], &[1]))])].concat();
    let beside = [large, b"0}(".to_vec(), model, named, b"u".to_vec()].concat();
    assert!(try_all(checkpoint(beside)).is_ok());
    // A list that holds itself.
    assert!(optimizer(b"]q\x03h\x03a".to_vec()).contains("no state of an optimizer"));
    assert!(optimizer(state(b"]".to_vec(), b"]".to_vec())).contains("no state of an optimizer as"));
}

/// What all of a pickle is refused with.
fn whole(body: Vec<u8>) -> String {
    let started = Instant::now();
    let options = OpenOptions { part: t2m_checkpoint::Part::Whole("optimizer".into()), ..OpenOptions::default() };
    let refused = Checkpoint::from_bytes(checkpoint(body), &options).expect_err("it is refused").to_string();
    assert!(started.elapsed() < Duration::from_secs(60), "{refused} took {:?}", started.elapsed());
    refused
}

#[test]
fn whole_checkpoints_are_no_bombs() {
    // A dict in the next, and the same list a hundred million times.
    assert_eq!(whole([b"}U\x01a".repeat(60), b"}".to_vec(), b"s".repeat(60)].concat()), "its dicts are nested too deep");
    let ten = |of: u8, at: u8| [b"(".to_vec(), [b'h', of].repeat(10), b"l".to_vec(), vec![b'q', at], b"0".to_vec()].concat();
    let mut bomb = [int(1), b"q\0".to_vec(), b"0".to_vec()].concat();
    (0u8..8).for_each(|level| bomb.extend(ten(level, level + 1)));
    bomb.extend([b'h', 8]);
    assert_eq!(whole(bomb), "holds more than 1048576 values");
    // A long text a thousand times.
    let long = "x".repeat(100_000);
    let said = whole([b"(".to_vec(), text(&long), b"q\0".to_vec(), b"h\0".repeat(1000), b"l".to_vec()].concat());
    assert_eq!(said, "holds more than 67108864 bytes of text");
}
