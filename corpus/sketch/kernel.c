/* Shingles, signatures and exact comparisons of whole columns of text.
 *
 * Plain C over plain arrays, without Python's headers: `corpus.sketch.compiled` hands in NumPy's buffers, and
 * ctypes releases the interpreter's lock meanwhile. `corpus.sketch.plain` gives the same numbers, bit for bit,
 * and is what runs where no compiler was at hand; a change here is a change there and of `VERSION` in both.
 *
 * Texts are valid UTF-8. What a token is, is decided by bytes:
 *   white space   ASCII blanks and controls 09-0D, 1C-20
 *   word          a run of ASCII letters, digits, `_` and of characters outside ASCII that are none of the below
 *   single        each character of U+3040-U+9FFF (kana, Han), U+F000-U+FFFF and beyond U+FFFF is a word by itself
 *   other         each character left: ASCII punctuation and controls, U+0080-U+00BF, U+2000-U+303F
 * Shingles of prose take words and singles, those of code take all tokens. Words are compared in lower case (ASCII).
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

/* Loops over slots run as wide as the machine allows; without this, binaries use what every x86-64 has. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__gnu_linux__)
#define WIDE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define WIDE
#endif

/* Of which source this is the library: one of an older source would give other numbers. */
EXPORT const char source[] = SOURCE;

static const uint64_t GOLDEN = 0x9E3779B97F4A7C15u; /* 2^64 / golden ratio, odd */
static const uint64_t MIX_1 = 0xBF58476D1CE4E5B9u;  /* the multipliers of splitmix64 */
static const uint64_t MIX_2 = 0x94D049BB133111EBu;

enum { BLANK, WORD, OTHER, LEAD };

static uint8_t kind_of[256];

EXPORT void prepare(void) {
    for (int byte = 0; byte < 256; byte++) {
        int letter = (byte | 32) >= 'a' && (byte | 32) <= 'z';
        int digit = byte >= '0' && byte <= '9';
        int blank = (byte >= 9 && byte <= 13) || (byte >= 28 && byte <= 32);
        kind_of[byte] = blank ? BLANK : letter || digit || byte == '_' || byte >= 128 ? WORD : OTHER;
    }
    kind_of[0xC2] = kind_of[0xE2] = LEAD;
    for (int byte = 0xE3; byte <= 0xE9; byte++) kind_of[byte] = LEAD;
    for (int byte = 0xEF; byte <= 0xF4; byte++) kind_of[byte] = LEAD;
}

static inline uint64_t mix(uint64_t value) {
    value = (value ^ (value >> 30)) * MIX_1;
    value = (value ^ (value >> 27)) * MIX_2;
    return value ^ (value >> 31);
}

static inline uint64_t step(uint64_t hash, uint64_t block) {
    hash = (hash ^ block) * MIX_1;
    return hash ^ (hash >> 29);
}

/* Eight bytes as a little-endian number; fewer, and zeros above them, at the end of a token. */
static inline uint64_t block_at(const uint8_t *at, int64_t left, const uint8_t *end) {
    uint64_t block = 0;
    if (left >= 8 || end - at >= 8) {
        memcpy(&block, at, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        block = __builtin_bswap64(block);
#endif
        return left >= 8 ? block : block & ((1ULL << (8 * left)) - 1);
    }
    for (int64_t i = 0; i < left; i++) block |= (uint64_t)at[i] << (8 * i);
    return block;
}

/* ASCII capitals of a block in lower case, eight at once. */
static inline uint64_t lower(uint64_t block) {
    uint64_t low = block & 0x7F7F7F7F7F7F7F7Fu;
    uint64_t from_a = low + 0x3F3F3F3F3F3F3F3Fu; /* bit 7 where the byte is 'A' or more */
    uint64_t over_z = low + 0x2525252525252525u; /* bit 7 where it is more than 'Z' */
    uint64_t capital = (from_a ^ over_z) & ~block & 0x8080808080808080u;
    return block | (capital >> 2);
}

typedef struct {
    uint64_t exact, folded; /* as written, and in lower case */
} Hash;

static inline Hash hash_of(const uint8_t *at, int64_t length, const uint8_t *end) {
    uint64_t start = (uint64_t)length * GOLDEN;
    Hash hash = {start, start};
    for (int64_t done = 0; done < length; done += 8) {
        uint64_t block = block_at(at + done, length - done, end);
        hash.exact = step(hash.exact, block);
        hash.folded = step(hash.folded, lower(block));
    }
    hash.exact = mix(hash.exact);
    hash.folded = mix(hash.folded);
    return hash;
}

/* The length of the character that a LEAD begins, and whether it counts as a word. */
static inline int64_t character(const uint8_t *at, const uint8_t *end, int *is_word) {
    *is_word = *at >= 0xE4 || (*at == 0xE3 && end - at > 1 && at[1] != 0x80);
    int64_t length = *at < 0xE0 ? 2 : *at < 0xF0 ? 3 : 4;
    return length < end - at ? length : end - at;
}

/* Token hashes become shingle hashes where they lie; a text of fewer tokens is one shingle. */
static int64_t roll(uint64_t *hashes, int64_t count, int64_t width) {
    if (width > count) width = count;
    if (width < 2) return count;
    uint64_t top = 1, rolled = 0;
    for (int64_t i = 1; i < width; i++) top *= GOLDEN;
    for (int64_t i = 0; i < width; i++) rolled = rolled * GOLDEN + hashes[i];
    int64_t last = count - width;
    for (int64_t i = 0; i < last; i++) {
        uint64_t first = hashes[i];
        hashes[i] = rolled;
        rolled = (rolled - first * top) * GOLDEN + hashes[i + width];
    }
    hashes[last] = rolled;
    return last + 1;
}

/* The shingles of one text; its digest, of all tokens as written, in order. */
static int64_t shingles_of(const uint8_t *at, const uint8_t *end, const uint8_t *limit, int64_t width, int code,
                           uint64_t *hashes, uint64_t *digest) {
    int64_t count = 0;
    uint64_t sum = 0, place = 0;
    while (at < end) {
        uint8_t kind = kind_of[*at];
        if (kind == BLANK) {
            at++;
            continue;
        }
        int is_word = 1;
        const uint8_t *stop = at + 1;
        if (kind == WORD)
            while (stop < end && kind_of[*stop] == WORD) stop++;
        else if (kind == OTHER)
            is_word = 0;
        else
            stop = at + character(at, end, &is_word);
        Hash hash = hash_of(at, stop - at, limit);
        place += GOLDEN;
        sum += step(hash.exact, place);
        hashes[count] = hash.folded;
        count += is_word | code;
        at = stop;
    }
    *digest = step(*digest ^ sum, place);
    return roll(hashes, count, width);
}

/* Shingles of rows of several texts, one text after the other. `starts` of column c: rows + 1 offsets into its data.
 * `ends[row * columns + c]` is where the shingles of a text end in `hashes`, which has room for one a byte, and one. */
EXPORT void shingles(int64_t rows, int64_t columns, const uint8_t **data, const int64_t **starts,
                     const int32_t *widths, const uint8_t *code, uint64_t *hashes, int64_t *ends, uint64_t *digests) {
    int64_t done = 0;
    for (int64_t row = 0; row < rows; row++) {
        digests[row] = 0;
        for (int64_t column = 0; column < columns; column++) {
            const uint8_t *text = data[column];
            const int64_t *start = starts[column] + row;
            int64_t cell = row * columns + column;
            done += shingles_of(text + start[0], text + start[1], text + starts[column][rows], widths[cell],
                                code[cell], hashes + done, digests + row);
            ends[cell] = done;
        }
    }
}

/* MinHash signatures by datasketch's scheme affine32: MurmurHash3's finalizer, then a * h + b modulo 2^32. */
EXPORT WIDE void signatures(int64_t rows, const uint64_t *hashes, const int64_t *ends, int64_t slots,
                            const uint32_t *restrict factors, const uint32_t *restrict terms,
                            uint32_t *restrict found) {
    int64_t at = 0;
    for (int64_t row = 0; row < rows; row++, found += slots) {
        memset(found, 0xFF, (size_t)slots * sizeof *found);
        for (; at < ends[row]; at++) {
            uint32_t hash = (uint32_t)hashes[at];
            hash = (hash ^ (hash >> 16)) * 0x85EBCA6Bu;
            hash = (hash ^ (hash >> 13)) * 0xC2B2AE35u;
            hash ^= hash >> 16;
            for (int64_t slot = 0; slot < slots; slot++) {
                uint32_t value = hash * factors[slot] + terms[slot];
                found[slot] = value < found[slot] ? value : found[slot];
            }
        }
    }
}

/* One key a band and row: keys[band * rows + row], from the band's part of the signature and the row's seed. */
EXPORT void band_keys(int64_t rows, const uint32_t *found, int64_t bands, int64_t width, const uint64_t *seeds,
                      uint64_t *keys) {
    for (int64_t row = 0; row < rows; row++)
        for (int64_t band = 0; band < bands; band++) {
            uint64_t key = seeds[row] + (uint64_t)band * GOLDEN;
            for (int64_t i = 0; i < width; i++) key = step(key, *found++);
            keys[band * rows + row] = mix(key);
        }
}

static int ascending(const void *one, const void *other) {
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

/* Sorts hashes, which are spread evenly: into as many buckets as there are, then each bucket by itself. */
static void sort(uint64_t *hashes, int64_t count, uint64_t *spare, uint32_t *begins) {
    int bits = 1;
    while (bits < 16 && (1 << bits) < count) bits++;
    int shift = 64 - bits;
    memset(begins, 0, ((size_t)(1 << bits) + 1) * sizeof *begins);
    for (int64_t i = 0; i < count; i++) begins[(hashes[i] >> shift) + 1]++;
    for (int i = 0; i < 1 << bits; i++) begins[i + 1] += begins[i];
    for (int64_t i = 0; i < count; i++) spare[begins[hashes[i] >> shift]++] = hashes[i];
    int64_t from = 0;
    for (int bucket = 0; bucket < 1 << bits; from = begins[bucket++]) {
        int64_t size = begins[bucket] - from;
        if (size > 24) {
            qsort(spare + from, (size_t)size, sizeof *spare, ascending);
            continue;
        }
        for (int64_t i = from + 1; i < from + size; i++) {
            uint64_t hash = spare[i];
            int64_t j = i;
            for (; j > from && spare[j - 1] > hash; j--) spare[j] = spare[j - 1];
            spare[j] = hash;
        }
    }
    memcpy(hashes, spare, (size_t)count * sizeof *hashes);
}

/* Each segment sorted, its repetitions gone and the gaps closed; 0, or -1 where there is no memory. */
EXPORT int distinct(int64_t segments, uint64_t *hashes, int64_t *ends) {
    int64_t longest = 0, at = 0, done = 0;
    for (int64_t i = 0; i < segments; i++) {
        int64_t size = ends[i] - (i ? ends[i - 1] : 0);
        longest = size > longest ? size : longest;
    }
    uint64_t *spare = malloc((size_t)(longest + 1) * sizeof *spare);
    uint32_t *begins = malloc((65536 + 2) * sizeof *begins);
    int failed = !spare || !begins || longest > UINT32_MAX;
    for (int64_t i = 0; i < segments && !failed; i++) {
        int64_t size = ends[i] - at, begin = done;
        if (size > 1) sort(hashes + at, size, spare, begins);
        for (int64_t j = at; j < at + size; j++)
            if (done == begin || hashes[j] != hashes[done - 1]) hashes[done++] = hashes[j];
        at += size;
        ends[i] = done;
    }
    free(spare);
    free(begins);
    return -failed;
}

/* Sorts numbers in place, eleven bits at a time from the lowest; 0, or -1 where there is no memory. */
EXPORT int sort_numbers(int64_t count, uint64_t *values) {
    uint64_t low = UINT64_MAX, high = 0;
    for (int64_t i = 0; i < count; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    if (count < 2 || low == high) return 0;
    uint64_t *spare = malloc((size_t)count * sizeof *spare), *from = values, *to = spare;
    if (!spare) return -1;
    for (int shift = 0; shift < 64 && (high - low) >> shift; shift += 11) {
        int64_t begins[2049] = {0};
        for (int64_t i = 0; i < count; i++) begins[(((from[i] - low) >> shift) & 2047) + 1]++;
        for (int digit = 0; digit < 2048; digit++) begins[digit + 1] += begins[digit];
        for (int64_t i = 0; i < count; i++) to[begins[((from[i] - low) >> shift) & 2047]++] = from[i];
        uint64_t *done = to;
        to = from;
        from = done;
    }
    if (from != values) memcpy(values, from, (size_t)count * sizeof *values);
    free(spare);
    return 0;
}

typedef struct {
    const uint64_t *hashes;
    const int64_t *ends; /* of each set; it begins where the one before ends */
} Sets;

static inline int64_t size_of(Sets sets, int64_t i) { return sets.ends[i] - (i ? sets.ends[i - 1] : 0); }

static inline int64_t common(Sets sets, int64_t one, int64_t other) {
    const uint64_t *a = sets.hashes + (one ? sets.ends[one - 1] : 0), *a_end = sets.hashes + sets.ends[one];
    const uint64_t *b = sets.hashes + (other ? sets.ends[other - 1] : 0), *b_end = sets.hashes + sets.ends[other];
    int64_t count = 0;
    while (a < a_end && b < b_end) {
        uint64_t x = *a, y = *b;
        count += x == y;
        a += x <= y;
        b += y <= x;
    }
    return count;
}

static inline double ratio(int64_t both, int64_t all) { return all ? (double)both / (double)all : 1.0; }

static inline double jaccard(Sets sets, int64_t one, int64_t other) {
    int64_t both = common(sets, one, other);
    return ratio(both, size_of(sets, one) + size_of(sets, other) - both);
}

/* How many members the sets left[i] and right[i] share. */
EXPORT void overlaps(const uint64_t *hashes, const int64_t *ends, int64_t pairs, const int64_t *left,
                     const int64_t *right, int64_t *found) {
    Sets sets = {hashes, ends};
    for (int64_t i = 0; i < pairs; i++) found[i] = common(sets, left[i], right[i]);
}

/* In how many slots the signatures left[i] and right[i] agree. */
EXPORT WIDE void agreements(const uint32_t *found, int64_t slots, int64_t pairs, const int64_t *left,
                            const int64_t *right, int64_t *counts) {
    for (int64_t i = 0; i < pairs; i++) {
        const uint32_t *one = found + left[i] * slots, *other = found + right[i] * slots;
        uint32_t count = 0;
        for (int64_t slot = 0; slot < slots; slot++) count += one[slot] == other[slot];
        counts[i] = count;
    }
}

typedef struct {
    int64_t rows, texts;          /* texts of a row in `parts`: the first and the last are compared */
    const int64_t *places;        /* of each row: which of the sets is its own */
    Sets whole, parts;            /* of place i; of its texts, texts * i and on */
    const uint8_t *apart, *fixed; /* first and last text count each for itself; it stays whatever it is like */
    const int64_t *bucket_ends;   /* a row's buckets end here in `buckets` */
    const int32_t *buckets;
    double threshold, floor, last; /* `last`: below it, the similarity of last texts counts for all rows */
    int64_t most;  /* kept others that a row is compared with */
    int64_t room;  /* for pairs */
    int64_t spend; /* comparisons with removed rows left */
    /* state, kept between calls */
    int64_t next;         /* the row to go on with */
    int64_t cut;          /* rows with `most` kept others in their buckets, or more */
    int64_t *kept;        /* of each row: itself, or the one it is a duplicate of */
    double *similarity;   /* to that one */
    int64_t *heads;       /* of each bucket: its newest entry, an index into `buckets`, or -1 */
    int64_t *links;       /* of each entry: the one before it in its bucket */
    int64_t *owners;      /* of each entry: its row */
    int64_t *stamps;      /* of each row: the last that it was compared with */
    int64_t *left, *right; /* pairs of at least `floor`: the row, and the better one */
    double *shares;        /* their similarity */
    int64_t *shared;       /* and how many members they have in common as a whole */
} Settlement;

static double similarity_of(const Settlement *s, int64_t row, int64_t better, int64_t *both) {
    int64_t one = s->places[row], other = s->places[better];
    int64_t a = size_of(s->whole, one), b = size_of(s->whole, other);
    if ((double)(a < b ? a : b) < s->floor * (double)(a < b ? b : a)) return 0;
    *both = common(s->whole, one, other);
    double least = ratio(*both, a + b - *both);
    if (least < s->floor) return least;
    int apart = s->apart[row] && s->apart[better];
    for (int64_t text = apart ? 0 : s->texts - 1; text < s->texts; text += s->texts - 1) {
        double share = jaccard(s->parts, s->texts * one + text, s->texts * other + text);
        if (share < least && (apart || share < s->last)) least = share;
    }
    return least;
}

/* Compares a row with the better ones in its buckets: with kept ones, and with removed ones while `spend` lasts.
 * Gives the number of pairs that it added after `found`. */
static int64_t compare(Settlement *s, int64_t row, int64_t found) {
    int64_t begin = row ? s->bucket_ends[row - 1] : 0, seen = 0, added = 0, best = -1;
    double highest = 0;
    for (int64_t entry = begin; entry < s->bucket_ends[row] && seen < s->most; entry++) {
        for (int64_t at = s->heads[s->buckets[entry]]; at >= 0 && seen < s->most; at = s->links[at]) {
            int64_t other = s->owners[at];
            int removed = s->kept[other] != other;
            if (s->stamps[other] == row || (removed && s->spend <= 0)) continue;
            s->stamps[other] = row;
            s->spend -= removed;
            seen += !removed;
            int64_t both = 0;
            double share = similarity_of(s, row, other, &both);
            if (share < s->floor) continue;
            s->left[found + added] = row;
            s->right[found + added] = other;
            s->shared[found + added] = both;
            s->shares[found + added++] = share;
            if (!removed && (share > highest || (share == highest && other < best))) {
                highest = share;
                best = other;
            }
        }
    }
    s->cut += seen >= s->most;
    if (best >= 0 && highest >= s->threshold) {
        s->kept[row] = best;
        s->similarity[row] = highest;
    }
    return added;
}

/* Settles rows from the best to the worst, until all are done or there is no room for a row's pairs.
 * Gives the number of pairs found. */
EXPORT int64_t settle(Settlement *s) {
    int64_t found = 0;
    for (; s->next < s->rows; s->next++) {
        int64_t row = s->next;
        if (s->room - found < row) break;
        s->kept[row] = row;
        s->similarity[row] = 0;
        if (!s->fixed[row]) found += compare(s, row, found);
        if (s->kept[row] != row && s->spend <= 0) continue;
        for (int64_t entry = row ? s->bucket_ends[row - 1] : 0; entry < s->bucket_ends[row]; entry++) {
            s->owners[entry] = row;
            s->links[entry] = s->heads[s->buckets[entry]];
            s->heads[s->buckets[entry]] = entry;
        }
    }
    return found;
}
