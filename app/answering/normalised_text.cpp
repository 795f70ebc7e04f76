// SPDX-License-Identifier: GPL-3.0-or-later
#include "normalised_text.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

namespace answering {

namespace {

const icu::Normalizer2* foldingForm()
{
    UErrorCode status = U_ZERO_ERROR;
    const auto* form = icu::Normalizer2::getNFKCCasefoldInstance(status);
    return U_SUCCESS(status) ? form : nullptr;
}

/// The plain form of a typographic character.
char32_t plainForm(char32_t c)
{
    switch (c) {
    case 0x2018: // single quotes, prime, backtick, acute
    case 0x2019:
    case 0x201A:
    case 0x201B:
    case 0x2032:
    case 0x0060:
    case 0x00B4:
    case 0x2039:
    case 0x203A:
        return U'\'';
    case 0x201C: // double quotes, double prime, guillemets
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033:
    case 0x00AB:
    case 0x00BB:
        return U'"';
    case 0x2010: // hyphens, dashes, minus
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212:
        return U'-';
    default:
        return c;
    }
}

class Normaliser
{
public:
    explicit Normaliser(std::string_view text) : m_text(text), m_form(foldingForm())
    {
        m_result.characters.reserve(text.size());
        m_result.begins.reserve(text.size());
        m_result.ends.reserve(text.size());
    }

    NormalisedText run()
    {
        while (m_at < m_text.size()) {
            const auto byte = static_cast<unsigned char>(m_text[m_at]);
            // Ahead of another ASCII byte nothing can combine with this one.
            const bool isPlain =
                byte < 0x80U &&
                (m_at + 1 == m_text.size() || static_cast<unsigned char>(m_text[m_at + 1]) < 0x80U);
            if (isPlain) {
                const char32_t lower = byte >= 'A' && byte <= 'Z' ? byte + 32U : byte;
                put(lower, m_at, m_at + 1);
                ++m_at;
            } else {
                putSegment();
            }
        }
        return std::move(m_result);
    }

private:
    char32_t decode(std::size_t& at) const
    {
        UChar32 c = 0;
        auto index = static_cast<std::int64_t>(at);
        const auto length = static_cast<std::int64_t>(m_text.size());
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion" // inside ICU's macro
#pragma GCC diagnostic ignored "-Wsign-conversion"
        U8_NEXT_OR_FFFD(m_text.data(), index, length, c);
#pragma GCC diagnostic pop
        at = static_cast<std::size_t>(index);
        return static_cast<char32_t>(c);
    }

    /// One character with everything that combines with it.
    void putSegment()
    {
        const std::size_t begin = m_at;
        icu::UnicodeString segment;
        segment.append(static_cast<UChar32>(decode(m_at)));
        while (m_form != nullptr && m_at < m_text.size()) {
            std::size_t next = m_at;
            const auto c = static_cast<UChar32>(decode(next));
            if (m_form->hasBoundaryBefore(c)) {
                break;
            }
            segment.append(c);
            m_at = next;
        }
        UErrorCode status = U_ZERO_ERROR;
        const auto folded = m_form != nullptr ? m_form->normalize(segment, status) : segment;
        for (std::int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
            put(static_cast<char32_t>(folded.char32At(i)), begin, m_at);
        }
    }

    void put(char32_t c, std::size_t begin, std::size_t end)
    {
        if (u_isUWhiteSpace(static_cast<UChar32>(c)) != 0) {
            m_pendingSpace = !m_result.characters.empty();
            m_spaceBegin = m_pendingSpace ? m_result.ends.back() : 0;
            m_spaceEnd = end;
            return;
        }
        if (m_pendingSpace) {
            push(U' ', m_spaceBegin, m_spaceEnd);
            m_pendingSpace = false;
        }
        push(plainForm(c), begin, end);
    }

    void push(char32_t c, std::size_t begin, std::size_t end)
    {
        m_result.characters.push_back(c);
        m_result.begins.push_back(static_cast<std::uint32_t>(begin));
        m_result.ends.push_back(static_cast<std::uint32_t>(end));
    }

    std::string_view m_text;
    const icu::Normalizer2* m_form;
    NormalisedText m_result;
    std::size_t m_at = 0;
    bool m_pendingSpace = false;
    std::size_t m_spaceBegin = 0;
    std::size_t m_spaceEnd = 0;
};

} // namespace

NormalisedText normalise(std::string_view text)
{
    return Normaliser(text).run();
}

} // namespace answering
