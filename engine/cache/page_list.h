// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace engine {

/// Memory that grows by pages of one size and never moves, zero when it is new. Its first pages
/// stand alone; once there are as many as a huge page of the system holds, that many are allocated
/// together and lie in one, where the system grants it: rows are read from anywhere in some hundred
/// megabytes, and each would take a walk through the page tables.
///
/// T: a number. Thread rule: one writer, or any number of readers.
template <typename T>
class PageList
{
public:
    PageList() = default;
    /// `pageElements` * sizeof(T) is a multiple of 64.
    explicit PageList(std::size_t pageElements)
        : m_pageElements(pageElements),
          m_together(std::max<std::size_t>(1, kHugePage / (pageElements * sizeof(T))))
    {
    }

    [[nodiscard]] std::size_t size() const { return m_pages.size(); }
    [[nodiscard]] T* operator[](std::size_t page) { return m_pages[page]; }
    [[nodiscard]] const T* operator[](std::size_t page) const { return m_pages[page]; }

    void add()
    {
        const std::size_t page = m_pages.size();
        const std::size_t inBlock = page < m_together ? 0 : page % m_together;
        if (inBlock == 0)
            m_blocks.push_back(allocate(page < m_together ? 1 : m_together));
        m_pages.push_back(m_blocks.back().get() + inBlock * m_pageElements);
    }

    /// Drops pages from the end until `count` are left.
    void shrink(std::size_t count)
    {
        if (count >= m_pages.size())
            return;
        m_pages.resize(count);
        m_blocks.resize(count <= m_together ? count : m_together + (count - 1) / m_together);
    }

private:
    static constexpr std::size_t kHugePage = std::size_t{2} << 20U;
    static constexpr std::size_t kLine = 64;

    struct Free
    {
        void operator()(T* memory) const { std::free(memory); }
    };
    using Block = std::unique_ptr<T[], Free>;

    [[nodiscard]] Block allocate(std::size_t pages) const
    {
        const std::size_t bytes = pages * m_pageElements * sizeof(T);
        const bool isHuge = bytes % kHugePage == 0;
        Block block(static_cast<T*>(std::aligned_alloc(isHuge ? kHugePage : kLine, bytes)));
        if (block == nullptr)
            throw std::bad_alloc();
#if defined(__linux__)
        if (isHuge) // no is an answer too
            static_cast<void>(madvise(block.get(), bytes, MADV_HUGEPAGE));
#endif
        std::memset(block.get(), 0, bytes);
        return block;
    }

    std::size_t m_pageElements = 0;
    std::size_t m_together = 1;
    std::vector<Block> m_blocks;
    std::vector<T*> m_pages;
};

} // namespace engine
