//! The error numbers of the DePIN seed and the codes that stand for them here, one to one.

/// `(number, name in the seed, code here)`.
pub const DEPIN_CODES: [(u16, &str, &str); 8] = [
    (500, "err-invalid-provider", "reg.invalid_provider"),
    (501, "err-insufficient-compute", "mkt.insufficient_compute"),
    (502, "err-job-not-found", "mkt.job_not_found"),
    (503, "err-already-claimed", "mkt.already_claimed"),
    (504, "err-invalid-proof", "reg.invalid_proof"),
    (505, "err-provider-offline", "mkt.provider_offline"),
    (506, "err-invalid-gpu", "reg.invalid_gpu"),
    (507, "err-job-active", "mkt.job_active"),
];

/// The seed's number of one of our codes.
#[must_use]
pub fn depin_number(code: &str) -> Option<u16> {
    DEPIN_CODES
        .iter()
        .find(|(_, _, ours)| *ours == code)
        .map(|(number, _, _)| *number)
}
