//! The files of known graphs, pinned by SHA-256; those that are downloaded by size, too.

use crate::archive::Archive;

/// A file and the name it is kept under.
#[derive(Debug)]
pub(super) struct Pinned {
    pub(super) name: &'static str,
    pub(super) archive: Archive,
}

macro_rules! planetoid {
    ($name:literal, $bytes:literal, $sha256:literal) => {
        Pinned {
            name: $name,
            archive: Archive {
                url: concat!(
                    "https://raw.githubusercontent.com/kimiyoung/planetoid/",
                    "af6abf468a772cc055bec88c52e4d6f51b7c37e3/data/",
                    $name
                ),
                bytes: $bytes,
                sha256: $sha256,
            },
        }
    };
}

pub(super) static CORA: [Pinned; 8] = [
    planetoid!(
        "ind.cora.allx",
        257_305,
        "9419ba2f26f5c35243db64aba110e0f35a04851609e0dc5433450676ca6b8543"
    ),
    planetoid!(
        "ind.cora.ally",
        47_959,
        "2b998f5cc7fedc86e7f97ca2498f47a1ffc1462c29e2d578b23bf3f62b6e7d71"
    ),
    planetoid!(
        "ind.cora.graph",
        59_847,
        "58f13302f39dde8852dad6fe6d15b89b077b6d7f837626bce671ef80344b383d"
    ),
    planetoid!(
        "ind.cora.test.index",
        5_000,
        "297ce89af2b51a6a194181c7dbe1796c6a1cf9cd9349a88383b1b1e227867875"
    ),
    planetoid!(
        "ind.cora.tx",
        148_025,
        "b9afbaa4a400df991f6f02ef677e1e44da55ffc04801fd02f9e673987829226a"
    ),
    planetoid!(
        "ind.cora.ty",
        28_135,
        "41f5ac76596a1699cc33f53084a2419e92961c42bb75f36fc38e616d348532ad"
    ),
    planetoid!(
        "ind.cora.x",
        22_119,
        "23cfa55d91c6f624233f5eb7b6e3f141f1bd2b2ae39608a63cf5d084bb27baab"
    ),
    planetoid!(
        "ind.cora.y",
        4_054,
        "94465c14eb53e04ca262198dcbb2521ee8af60fb3f3d546cd6ca24a511b0e7d1"
    ),
];

pub(super) static CITESEER: [Pinned; 8] = [
    planetoid!(
        "ind.citeseer.allx",
        595_021,
        "2ac30345d95c9ec933a817ee0bdd6a5f077f8c184a20e696910192d534414668"
    ),
    planetoid!(
        "ind.citeseer.ally",
        55_623,
        "f704b2d986dde6c2669934de1f3ae5696a6cf9455c0f6b2646a2d135ea0a1c95"
    ),
    planetoid!(
        "ind.citeseer.graph",
        61_987,
        "d79a4ef9d3e7169aee8946145f6b7306e35bc79bffad26346cfb94e10e9912a7"
    ),
    planetoid!(
        "ind.citeseer.test.index",
        5_000,
        "2af990671580b6b2df5d158d1038f8292e30c9cd821b5453f399659b25b723d4"
    ),
    planetoid!(
        "ind.citeseer.tx",
        260_321,
        "539a8906a2da97628d212f2fdd668c109a8b3f0d36574b59e5d3fd5b5303da21"
    ),
    planetoid!(
        "ind.citeseer.ty",
        24_135,
        "55e5bd1ba1e733a04598753ad1a8d57957f4b8f89e74519f41f4f4938767e4ce"
    ),
    planetoid!(
        "ind.citeseer.x",
        31_087,
        "d20de19150741e555de0ed037195630fc194114ebc7fd72ced62810148aa22f6"
    ),
    planetoid!(
        "ind.citeseer.y",
        3_014,
        "8ba87e515d8e3ee3cf52f6d2c5b86aa73f11ecad825a808455209ec26cd54924"
    ),
];

pub(super) static PUBMED: [Pinned; 8] = [
    planetoid!(
        "ind.pubmed.allx",
        7_578_385,
        "508e538e2abdccdd54c4d3e9f49d638b4af7107d85845f66ddea5a5152658b7e"
    ),
    planetoid!(
        "ind.pubmed.ally",
        224_739,
        "0c37bbe3b5014ec365e9d393cf4791925e5ed94fb194305d74f064a8d7b50f0e"
    ),
    planetoid!(
        "ind.pubmed.graph",
        471_808,
        "5b89f0036ca22909471f1e6558eb42fa06e0c730a577bde5b058b40638f81dc9"
    ),
    planetoid!(
        "ind.pubmed.test.index",
        6_000,
        "b101d421688bbaecbd82e8a18f1e282378d6830f3a37666f28ebc47f844341b5"
    ),
    planetoid!(
        "ind.pubmed.tx",
        405_505,
        "4eb5f5d0f30f26497eb0ac6ac9719d09c67e284f1ed0385c93f3ef27a671da3d"
    ),
    planetoid!(
        "ind.pubmed.ty",
        12_135,
        "ee2e0d4819d9fbcc403689c3bf2e49face401b605932f093bc58ab6461130fdd"
    ),
    planetoid!(
        "ind.pubmed.x",
        23_172,
        "fbe9cb5c47200d1b7769a26e579be3b7130b556831f9d850e77c4c74f2599b33"
    ),
    planetoid!(
        "ind.pubmed.y",
        854,
        "e6c807633307a07ed659249006536a147c7999c797f11a2560752990181b41b3"
    ),
];

pub(super) static AIRPORT: [Pinned; 1] = [Pinned {
    name: "airport.p",
    archive: Archive {
        url: concat!(
            "https://raw.githubusercontent.com/HazyResearch/hgcn/",
            "a526385744da25fc880f3da346e17d0fe33817f8/data/airport/airport.p"
        ),
        bytes: 554_100,
        sha256: "ab16b04cea3666e87dbd8a5bff3de68da61330f4604fa21082f7a17e806e64d8",
    },
}];

/// The published files of the disease trees, which are not downloaded.
pub(super) static DISEASE_LP: [(&str, &str); 3] = [
    (
        "disease_lp.edges.csv",
        "b5b7e41bbfd28fc7f61590e5587622103ee9c3aa1b59911c74873a6f328dca07",
    ),
    (
        "disease_lp.feats.npz",
        "b4a726b13598c036a75e1b49f08e92820553b972966ad950b8d4d5416eb339f8",
    ),
    (
        "disease_lp.labels.npy",
        "8f2b26602764fbb785b93775d9f71194f1f36920e185af8bc5c31aea07dde858",
    ),
];

/// As [`DISEASE_LP`].
pub(super) static DISEASE_NC: [(&str, &str); 2] = [
    (
        "disease_nc.edges.csv",
        "08b2dcf00db1e6a8f491af5294dee98197f1251a63bc9190d05fb4e77507782e",
    ),
    (
        "disease_nc.labels.npy",
        "70be7f91a854d924f3b7ac423615d75b1f9ee2506261c44113de27cc2caadd51",
    ),
];
