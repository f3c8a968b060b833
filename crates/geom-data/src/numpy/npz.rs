//! `.npz` files: several arrays in a zip archive; sparse matrices as SciPy saves them.

use super::{Array, ArrayProblem, Elements, npy};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// No array of an archive is larger than this when unpacked.
const MAX_MEMBER: u64 = 1 << 30;

/// A sparse matrix in compressed rows, as SciPy stores it; nothing in it is checked yet.
#[derive(Clone, Debug, PartialEq)]
pub struct CsrMatrix {
    /// Number of rows and columns.
    pub shape: [usize; 2],
    /// Offsets of the rows.
    pub indptr: Vec<i64>,
    /// Columns of the values.
    pub indices: Vec<i64>,
    /// The values.
    pub data: Vec<f64>,
}

/// A matrix of an archive.
#[derive(Clone, Debug, PartialEq)]
pub enum Matrix {
    /// The one array that is in it, as `numpy.savez` writes it.
    Dense(Array),
    /// A sparse matrix, as `scipy.sparse.save_npz` writes it.
    Csr(CsrMatrix),
}

/// The matrix in the bytes of an archive, whichever it is.
///
/// # Errors
/// [`ArrayProblem`]; several arrays, none of which is called `format`, are no matrix.
pub fn parse(bytes: &[u8]) -> Result<Matrix, ArrayProblem> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.index_for_name("format.npy").is_some() {
        return parse_csr(bytes).map(Matrix::Csr);
    }
    if archive.len() != 1 {
        return Err(ArrayProblem::Kind(
            "one array in the archive, or a matrix that scipy.sparse.save_npz wrote in format csr",
        ));
    }
    let file = archive.by_index(0).map_err(damaged)?;
    unpacked(file).map(Matrix::Dense)
}

/// The matrix in the bytes of a file that `scipy.sparse.save_npz` wrote.
///
/// # Errors
/// [`ArrayProblem`].
pub fn parse_csr(bytes: &[u8]) -> Result<CsrMatrix, ArrayProblem> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut array = |name| member(&mut archive, name);
    let format = array("format.npy")?;
    if format.elements != Elements::Texts(vec!["csr".to_owned()]) {
        return Err(ArrayProblem::Kind("a matrix in format csr"));
    }
    let shape = array("shape.npy")?;
    let axes: Vec<usize> = shape
        .integers()?
        .iter()
        .filter_map(|&axis| usize::try_from(axis).ok())
        .collect();
    let shape = axes
        .try_into()
        .map_err(|_| ArrayProblem::Kind("a shape of two axes"))?;
    Ok(CsrMatrix {
        shape,
        indptr: array("indptr.npy")?.integers()?.into_owned(),
        indices: array("indices.npy")?.integers()?.into_owned(),
        data: array("data.npy")?.floats()?,
    })
}

fn member(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &'static str,
) -> Result<Array, ArrayProblem> {
    if archive.index_for_name(name).is_none() {
        return Err(ArrayProblem::MissingMember(name));
    }
    unpacked(archive.by_name(name).map_err(damaged)?)
}

fn unpacked(file: impl Read) -> Result<Array, ArrayProblem> {
    let mut bytes = Vec::new();
    // The size that the archive states is not believed: the bytes come as they are unpacked.
    let read = file.take(MAX_MEMBER).read_to_end(&mut bytes);
    read.map_err(|error| damaged(error.into()))?;
    npy::parse(&bytes)
}

fn damaged(error: zip::result::ZipError) -> ArrayProblem {
    ArrayProblem::Archive(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::write::SimpleFileOptions;

    fn npy(descr: &str, shape: &str, elements: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(elements);
        bytes
    }

    fn archive(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn members() -> Vec<(&'static str, Vec<u8>)> {
        let eights = |values: &[i64]| {
            values
                .iter()
                .flat_map(|v| v.to_le_bytes())
                .collect::<Vec<_>>()
        };
        vec![
            ("format.npy", npy("|S3", "()", b"csr")),
            ("shape.npy", npy("<i8", "(2,)", &eights(&[1, 3]))),
            ("indptr.npy", npy("<i8", "(2,)", &eights(&[0, 1]))),
            ("indices.npy", npy("<i8", "(1,)", &eights(&[2]))),
            ("data.npy", npy("<f8", "(1,)", &0.5f64.to_le_bytes())),
        ]
    }

    #[test]
    fn a_saved_matrix_is_read() {
        let matrix = parse_csr(&archive(&members())).unwrap();
        assert_eq!(matrix.shape, [1, 3]);
        assert_eq!((matrix.indices, matrix.data), (vec![2], vec![0.5]));
    }

    #[test]
    fn an_archive_of_one_array_is_that_array() {
        let dense = vec![(
            "arr_0.npy",
            npy("<f4", "(1, 2)", &[0, 0, 128, 63, 0, 0, 0, 64]),
        )];
        match parse(&archive(&dense)).unwrap() {
            Matrix::Dense(array) => assert_eq!(array.floats().unwrap(), [1.0, 2.0]),
            other => panic!("{other:?}"),
        }
        assert!(matches!(parse(&archive(&members())), Ok(Matrix::Csr(_))));
        assert!(matches!(
            parse(&archive(&members()[1..3])),
            Err(ArrayProblem::Kind(_))
        ));
    }

    #[test]
    fn other_formats_missing_arrays_and_damage_are_refused() {
        let mut coo = members();
        coo[0].1 = npy("|S3", "()", b"coo");
        assert!(matches!(
            parse_csr(&archive(&coo)),
            Err(ArrayProblem::Kind(_))
        ));
        assert_eq!(
            parse_csr(&archive(&members()[..4])),
            Err(ArrayProblem::MissingMember("data.npy"))
        );
        let mut negative = members();
        negative[1].1 = npy("<i8", "(2,)", &[255; 16]);
        assert!(parse_csr(&archive(&negative)).is_err());
        let whole = archive(&members());
        for length in (0..whole.len()).step_by(7) {
            assert!(parse_csr(&whole[..length]).is_err(), "{length} bytes");
        }
    }
}
