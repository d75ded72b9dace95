// SPDX-License-Identifier: Apache-2.0
//! files DIR WORD…: what a Rust program asks of the host through its standard library, below DIR.
//! The driver has put links there. "ok NAME" or "FAILED NAME: what" for each; status 1 when one failed.
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

type Outcome = Result<(), String>;

fn holds(good: bool, what: &str) -> Outcome {
    if good {
        Ok(())
    } else {
        Err(what.to_string())
    }
}

fn fails<T>(result: io::Result<T>, kind: ErrorKind, code: i32, what: &str) -> Outcome {
    match result {
        Ok(_) => Err(format!("{what} succeeded")),
        Err(e) if e.kind() == kind || e.raw_os_error() == Some(code) => Ok(()),
        Err(e) => Err(format!("{what}: {e:?}")),
    }
}

trait Named<T> {
    fn named(self, what: &str) -> Result<T, String>;
}
impl<T> Named<T> for io::Result<T> {
    fn named(self, what: &str) -> Result<T, String> {
        self.map_err(|e| format!("{what}: {e:?}"))
    }
}

// Numbers of preview1.md section 3.
const ISDIR: i32 = 31;
const NOTEMPTY: i32 = 55;
const LOOP: i32 = 32;
const BADF: i32 = 8;
const NOTCAPABLE: i32 = 76;
const NOTDIR: i32 = 54;
const INVAL: i32 = 28;

fn data(at: &Path) -> Outcome {
    let path = at.join("data");
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).named("create_new")?;
    holds(file.write(b"0123456789").named("write")? == 10, "write")?;
    let slices = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cd")];
    holds(file.write_vectored(&slices).named("write_vectored")? == 4, "every slice is written")?;
    holds(file.seek(SeekFrom::Start(8)).named("seek")? == 8, "seek start")?;
    let (mut a, mut b) = ([0; 3], [0; 3]);
    let read = file.read_vectored(&mut [IoSliceMut::new(&mut a), IoSliceMut::new(&mut b)]).named("read_vectored")?;
    holds((read, &a, &b) == (6, b"89a", b"bcd"), "every slice is read")?;
    holds(file.stream_position().named("position")? == 14, "position")?;
    holds(file.seek(SeekFrom::End(-4)).named("seek")? == 10, "seek end")?;
    holds(file.seek(SeekFrom::Current(100)).named("seek")? == 110, "seek beyond")?;
    holds(file.read(&mut a).named("read")? == 0, "end of file")?;
    fails(file.seek(SeekFrom::Current(-111)), ErrorKind::InvalidInput, INVAL, "seek before the beginning")?;
    file.set_len(4).named("set_len")?;
    file.sync_all().named("sync_all")?;
    file.sync_data().named("sync_data")?;
    holds(fs::read(&path).named("read")? == b"0123", "set_len")?;
    fails(File::create_new(&path), ErrorKind::AlreadyExists, 20, "create_new of what is there")?;
    fs::remove_file(&path).named("remove_file")?;
    fails(File::open(&path), ErrorKind::NotFound, 44, "open of what is gone")
}

fn modes(at: &Path) -> Outcome {
    let path = at.join("modes");
    fs::write(&path, "one").named("write")?;
    let mut log = OpenOptions::new().append(true).open(&path).named("append")?;
    log.write_all(b"two").named("append")?;
    log.seek(SeekFrom::Start(0)).named("seek")?;
    log.write_all(b"three").named("append")?;
    holds(fs::read_to_string(&path).named("read")? == "onetwothree", "append")?;
    let mut buffer = [0; 1];
    fails(log.read(&mut buffer), ErrorKind::Other, BADF, "read of an append-only open")?;
    fails(File::open(&path).named("open")?.write(b"x"), ErrorKind::Other, BADF, "write of a read-only open")?;
    fails(File::open(&path).named("open")?.set_len(0), ErrorKind::Other, BADF, "set_len of a read-only open")?;
    File::create(&path).named("create")?;
    holds(fs::metadata(&path).named("metadata")?.len() == 0, "create truncates")?;
    fs::write(at.join("from"), "content").named("write")?;
    holds(fs::copy(at.join("from"), &path).named("copy")? == 7, "copy")?;
    fs::remove_file(at.join("from")).named("remove_file")?;
    fs::remove_file(&path).named("remove_file")
}

fn folders(at: &Path) -> Outcome {
    let top = at.join("top");
    fs::create_dir_all(top.join("a/b/c")).named("create_dir_all")?;
    fails(fs::create_dir(&top), ErrorKind::AlreadyExists, 20, "create_dir of what is there")?;
    fails(fs::create_dir(top.join("x/y")), ErrorKind::NotFound, 44, "create_dir below nothing")?;
    fails(fs::remove_dir(&top), ErrorKind::Other, NOTEMPTY, "remove_dir of a full one")?;
    fails(fs::remove_file(top.join("a")), ErrorKind::Other, ISDIR, "remove_file of a directory")?;
    fails(OpenOptions::new().write(true).open(&top), ErrorKind::Other, ISDIR, "open of a directory to write")?;
    let mut wanted = BTreeSet::new();
    for number in 0..500 {
        let name = format!("file-{number}");
        fs::write(top.join(&name), name.as_bytes()).named("write")?;
        wanted.insert(name);
    }
    let mut seen = BTreeMap::new();
    for entry in fs::read_dir(&top).named("read_dir")? {
        let entry = entry.named("entry")?;
        let kind = entry.file_type().named("file_type")?;
        let size = entry.metadata().named("metadata")?.len();
        let name = entry.file_name().into_string().map_err(|_| "a name".to_string())?;
        holds(seen.insert(name, (kind.is_dir(), size)).is_none(), "an entry came twice")?;
    }
    holds(seen.remove("a").map(|(folder, _)| folder) == Some(true), "a directory is one")?;
    holds(seen.keys().cloned().collect::<BTreeSet<_>>() == wanted, "each entry came once")?;
    holds(seen.iter().all(|(name, found)| *found == (false, name.len() as u64)), "types and sizes")?;
    // Entries go while their directory is being read.
    let mut left = 0;
    for entry in fs::read_dir(&top).named("read_dir")? {
        let entry = entry.named("entry")?;
        if entry.file_type().named("file_type")?.is_file() {
            fs::remove_file(entry.path()).named("remove_file")?;
            left += 1;
        }
    }
    holds(left == 500, "removed while read")?;
    fs::remove_dir_all(&top).named("remove_dir_all")?;
    holds(!top.try_exists().named("try_exists")?, "gone")
}

fn links(at: &Path) -> Outcome {
    let (file, hard, moved) = (at.join("file"), at.join("hard"), at.join("moved"));
    fs::write(&file, "linked").named("write")?;
    fs::hard_link(&file, &hard).named("hard_link")?;
    fails(fs::hard_link(&file, &hard), ErrorKind::AlreadyExists, 20, "hard_link onto what is there")?;
    OpenOptions::new().append(true).open(&hard).named("open")?.write_all(b"!").named("write")?;
    holds(fs::read_to_string(&file).named("read")? == "linked!", "both names are one file")?;
    fs::rename(&hard, &moved).named("rename")?;
    fails(fs::rename(&hard, &moved), ErrorKind::NotFound, 44, "rename of what is gone")?;
    fs::create_dir(at.join("empty")).named("create_dir")?;
    fails(fs::rename(&moved, at.join("empty")), ErrorKind::Other, ISDIR, "rename of a file onto a directory")?;
    fails(fs::rename(at.join("empty"), &moved), ErrorKind::Other, NOTDIR, "rename of a directory onto a file")?;
    fails(fs::remove_dir(&moved), ErrorKind::Other, NOTDIR, "remove_dir of a file")?;
    fs::remove_dir(at.join("empty")).named("remove_dir")?;
    let held = File::open(&moved).named("open")?;
    fs::remove_file(&moved).named("remove_file")?;
    fs::remove_file(&file).named("remove_file")?;
    let mut text = String::new();
    (&held).read_to_string(&mut text).named("read")?;
    holds(text == "linked!", "an open file outlives its names")
}

fn soft(at: &Path) -> Outcome {
    let planted = at.join("loop");
    holds(fs::symlink_metadata(&planted).named("lstat")?.file_type().is_symlink(), "a link is one")?;
    fails(File::open(&planted), ErrorKind::Other, LOOP, "open of a loop")?;
    holds(fs::read_link(at.join("soft")).named("read_link")? == Path::new("seen"), "read_link")?;
    holds(fs::read_to_string(at.join("soft")).named("read")? == "seen", "a link is followed")?;
    fails(fs::read_to_string(at.join("out")), ErrorKind::PermissionDenied, NOTCAPABLE, "a link that leads out")?;
    fails(fs::read_to_string(at.join("absolute")), ErrorKind::PermissionDenied, NOTCAPABLE, "an absolute link")?;
    fails(fs::metadata(at.join("dangling")), ErrorKind::NotFound, 44, "stat of a dangling link")
}

fn times(at: &Path) -> Outcome {
    let path = at.join("times");
    let file = File::create(&path).named("create")?;
    let then = UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    file.set_times(FileTimes::new().set_modified(then)).named("set_times")?;
    let found = fs::metadata(&path).named("metadata")?;
    holds(found.modified().named("modified")? == then, "nanoseconds are exact")?;
    holds(found.accessed().named("accessed")? > then, "what is not named stays")?;
    fs::remove_file(&path).named("remove_file")?;
    let (start, wall) = (Instant::now(), SystemTime::now());
    std::thread::sleep(Duration::from_millis(3));
    holds(start.elapsed() >= Duration::from_millis(3), "sleep, by the monotonic clock")?;
    holds(wall > UNIX_EPOCH + Duration::from_secs(1_600_000_000), "the time of day")
}

fn words(_: &Path) -> Outcome {
    let given: Vec<_> = std::env::args().skip(2).collect();
    holds(given == ["a b", "", "quo\"te", "x=y"], "arguments arrive as they were given")?;
    let variables: BTreeMap<_, _> = std::env::vars().collect();
    let wanted = BTreeMap::from([("A".to_string(), "b=c".to_string()), ("EMPTY".to_string(), String::new())]);
    holds(variables == wanted, "the environment is what was granted")?;
    // A map's keys come from random_get.
    let mut map = std::collections::HashMap::new();
    map.insert(1, 2);
    holds(map[&1] == 2, "a hash map")?;
    let mut line = String::new();
    io::stdin().read_to_string(&mut line).named("stdin")?;
    holds(line == "fed", "standard input")
}

fn main() {
    let at = std::env::args().nth(1).expect("files DIR");
    let cases: [(&str, fn(&Path) -> Outcome); 7] = [
        ("data", data),
        ("modes", modes),
        ("folders", folders),
        ("links", links),
        ("soft", soft),
        ("times", times),
        ("words", words),
    ];
    let mut failed = 0;
    for (name, case) in cases {
        match case(Path::new(&at)) {
            Ok(()) => println!("ok {name}"),
            Err(what) => {
                println!("FAILED {name}: {what}");
                failed += 1;
            }
        }
    }
    println!("end {failed}");
    std::process::exit(i32::from(failed > 0));
}
