// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <cstring>
#include <memory>

/// What the fuzz targets share: how a broken promise is told, and ways to take an input apart. A target is
/// one `LLVMFuzzerTestOneInput()`, which libFuzzer calls with inputs of its own making, and `replay.cpp` with
/// the files of the corpus.
namespace rookery::fuzz {

/// Says which promise is broken and aborts, which is what libFuzzer takes for a finding.
[[noreturn]] void fail(const char *promise, const char *file, int line);

/// Evaluated in every build, unlike an assert().
#define FUZZ_REQUIRE(promise)                                                                                \
    do {                                                                                                     \
        if (!(promise))                                                                                      \
            ::rookery::fuzz::fail(#promise, __FILE__, __LINE__);                                             \
    } while (false)

/// The bytes of one input: first those that say how to go about it, then the rest, which is what a peer sent.
class Input
{
public:
    Input(const quint8 *data, size_t size)
        : m_bytes(reinterpret_cast<const char *>(data), qsizetype(size))
    { }

    /// 0 where there are none left.
    quint8 byte()
    {
        if (m_bytes.isEmpty())
            return 0;
        const auto first = quint8(m_bytes.front());
        m_bytes = m_bytes.sliced(1);
        return first;
    }
    QByteArrayView rest() const { return m_bytes; }

private:
    QByteArrayView m_bytes;
};

/// Hands `bytes` to `take` in pieces, each in memory of its own and not a byte larger, so that
/// AddressSanitizer sees whoever reads past its end. `how` 0 is byte by byte; otherwise it is the seed of
/// where the cuts are.
template <typename Take>
void inPieces(QByteArrayView bytes, quint8 how, Take take)
{
    quint32 state = how * 2654435761u + 1;
    const quint32 longest = how == 0 ? 1 : 1u << (how % 8);
    while (!bytes.isEmpty()) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        const qsizetype size = std::min<qsizetype>(bytes.size(), 1 + state % longest);
        const auto piece = std::make_unique<char[]>(size_t(size));
        std::memcpy(piece.get(), bytes.data(), size_t(size));
        take(QByteArrayView(piece.get(), size));
        bytes = bytes.sliced(size);
    }
}

} // namespace rookery::fuzz
