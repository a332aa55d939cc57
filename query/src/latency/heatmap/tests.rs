use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn prop_bands_are_few_and_part_the_buckets(one in any::<u64>(), other in any::<u64>(), short in 0_u32..64) {
        let (one, other) = (bucket_of(one >> short), bucket_of(other));
        let (first, last) = (one.min(other), one.max(other));
        let bands = Bands::over(first, last);
        let bounds = bands.bounds_ns();
        prop_assert!(bands.count() <= usize::from(BANDS_MAX));
        prop_assert_eq!(bounds.len(), bands.count() + 1);
        prop_assert!(bounds.windows(2).all(|pair| pair[0] < pair[1]));
        for bucket in [first, first + (last - first) / 2, last] {
            let band = bands.of(bucket);
            prop_assert!(bounds[band] <= shortest(bucket) && shortest(bucket) < bounds[band + 1], "{bucket} in {bounds:?}");
        }
    }
}
