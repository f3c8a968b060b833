//! Numbers and tensors in checkpoints, to the last bit.

/// A float as the shortest decimal that reads back as the same number, in a string: `serde_json`
/// reads some numbers of sixteen and more digits one unit in the last place off, and has no infinity.
pub(super) mod float {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.to_string())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// The same for a number that may be absent.
pub(super) mod optional_float {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Float(#[serde(with = "super::float")] f64);

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<f64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(Float).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<f64>, D::Error> {
        let value = Option::<Float>::deserialize(deserializer)?;
        Ok(value.map(|Float(value)| value))
    }
}

/// A tensor as shape, dtype and bytes. It is read onto the default device.
pub(super) mod tensor {
    use burn::tensor::{DType, Device, Tensor, TensorData};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer, const D: usize>(
        tensor: &Tensor<D>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        tensor.to_data().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, De: Deserializer<'de>, const D: usize>(
        deserializer: De,
    ) -> Result<Tensor<D>, De::Error> {
        let data = TensorData::deserialize(deserializer)?;
        let (dtype, rank) = (data.dtype(), data.shape().rank());
        if rank != D {
            let message = format!("a tensor has {rank} axes where {D} were expected");
            return Err(De::Error::custom(message));
        }
        if !matches!(dtype, DType::F32 | DType::F64) {
            let message = format!("a tensor holds {dtype:?} where f32 or f64 was expected");
            return Err(De::Error::custom(message));
        }
        Ok(Tensor::from_data(data, (&Device::default(), dtype)))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Tensor};
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Stored {
        #[serde(with = "super::tensor")]
        tensor: Tensor<2>,
        #[serde(with = "super::float")]
        number: f64,
        #[serde(with = "super::optional_float")]
        absent: Option<f64>,
    }

    const AWKWARD: [f64; 4] = [0.049999999999999996, 0.1 + 0.2, 1e-300, f64::MAX];

    fn through_json(dtype: DType, number: f64) -> (Stored, Stored) {
        let stored = Stored {
            tensor: Tensor::from_data([AWKWARD], (&Device::default(), dtype)),
            number,
            absent: None,
        };
        let text = serde_json::to_string(&stored).unwrap();
        (stored, serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn tensors_and_numbers_survive_json_to_the_bit() {
        for dtype in [DType::F32, DType::F64] {
            for number in AWKWARD.into_iter().chain([f64::INFINITY]) {
                let (before, after) = through_json(dtype, number);
                assert_eq!(before.tensor.into_data(), after.tensor.into_data());
                assert_eq!(before.number, after.number);
                assert_eq!(after.absent, None);
            }
        }
    }

    #[test]
    fn a_tensor_of_another_rank_or_of_integers_is_refused() {
        let (stored, _) = through_json(DType::F32, 1.0);
        let mut value = serde_json::to_value(&stored).unwrap();
        value["tensor"]["shape"] = serde_json::json!([4]);
        let error = serde_json::from_value::<Stored>(value.clone())
            .err()
            .unwrap();
        assert!(error.to_string().contains("1 axes where 2"), "{error}");
        value["tensor"]["shape"] = serde_json::json!([1, 4]);
        value["tensor"]["dtype"] = serde_json::json!("I32");
        let error = serde_json::from_value::<Stored>(value).err().unwrap();
        assert!(error.to_string().contains("I32"), "{error}");
    }
}
