// SPDX-License-Identifier: GPL-3.0-or-later
// A checkpoint too large to be unpacked opens without being read, and is checked when asked to.
// The file is sparse: experts of 65,536 inner numbers are holes, which read as zero.
#include <QTemporaryDir>
#include <QtTest/QTest>

#include <algorithm>
#include <cmath>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/model.h"
#include "engine/session.h"
#include "safetensors_writer.h"

using namespace engine;

namespace {

const char* const kTiny = LECTERN_TEST_DATA "/golden/tiny-v4";
constexpr std::size_t kTinyExpertDim = 128;
constexpr std::size_t kExpertDim = 65'536;

bool isExpert(const std::string& name)
{
    return name.find("experts.") != std::string::npos;
}

/// The shape of an expert's tensor when its inner dimension has grown.
std::vector<std::size_t> grownShape(const std::string& name, std::vector<std::size_t> shape)
{
    const std::size_t inner = name.find(".w2.") != std::string::npos ? 1 : 0;
    shape[inner] = shape[inner] * (kExpertDim / kTinyExpertDim);
    return shape;
}

/// Bytes of a file that are in the system's page cache.
std::uint64_t cachedBytes(const std::filesystem::path& file)
{
    const std::uint64_t size = std::filesystem::file_size(file);
    const int descriptor = ::open(file.c_str(), O_RDONLY);
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
    ::close(descriptor);
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> pages((size + page - 1) / page);
    ::mincore(address, size, pages.data());
    ::munmap(address, size);
    return page * static_cast<std::uint64_t>(std::count_if(
                      pages.begin(), pages.end(), [](unsigned char p) { return (p & 1U) != 0; }));
}

} // namespace

class TestMappedCheckpoint final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        m_path = m_folder.path().toStdString();
        std::ifstream stream(std::string(kTiny) + "/config.json");
        auto config = nlohmann::json::parse(stream);
        config["moe_intermediate_size"] = kExpertDim;
        std::ofstream(m_path / "config.json") << config;
        writeSparse(m_path / "model.safetensors");
    }

    void opensUnread()
    {
        const auto file = m_path / "model.safetensors";
        QVERIFY(std::filesystem::file_size(file) > std::uint64_t{1} << 30U);
        const std::uint64_t before = cachedBytes(file);
        const auto model = Model::open(m_path);
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        QVERIFY((*model)->isMapped());
        QVERIFY((*model)->residentBytes() < 1U << 20U);
        QVERIFY((*model)->storedBytes() > std::uint64_t{1} << 30U);
        const std::uint64_t read = cachedBytes(file) - before;
        QVERIFY2(read < 64U << 20U, qPrintable(QString::number(read)));
    }

    /// Only the experts' pages that a token needs are read.
    void oneTokenRuns()
    {
        const auto model = Model::open(m_path);
        QVERIFY(model);
        auto session = Session::create(*model, {CacheFormat::float32, 2});
        QVERIFY(session);
        const TokenId token = 5;
        QVERIFY((*session)->append({&token, 1}));
        const auto logits = (*session)->logits();
        QVERIFY(logits);
        QVERIFY(
            std::all_of(logits->begin(), logits->end(), [](float v) { return std::isfinite(v); }));
    }

    void checkNamesTheElement()
    {
        // The scales of w2, [256, 2048], are large enough to be left alone when opening.
        putByte("layers.0.ffn.experts.0.w2.scale", 3 * kExpertDim / 32 + 17, 0xFF);
        const auto model = Model::open(m_path);
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        std::uint64_t last = 0;
        std::uint64_t total = 0;
        const auto checked = (*model)->checkWeights([&](std::uint64_t done, std::uint64_t all) {
            QVERIFY(done > last && done <= all);
            last = done;
            total = all;
        });
        QVERIFY(!checked);
        QCOMPARE(checked.error().code, ErrorCode::badInput);
        const std::string& message = checked.error().message;
        for (const char* part : {"model.safetensors", "layers.0.ffn.experts.0.w2.scale", "[3, 17]"})
            QVERIFY2(message.find(part) != std::string::npos, message.c_str());
        QVERIFY(last > 0 && last < total);
        QCOMPARE(total, (*model)->storedBytes());
    }

    void checkIsCancelled()
    {
        const auto model = Model::open(m_path);
        QVERIFY(model);
        std::stop_source source;
        const auto checked = (*model)->checkWeights(
            [&](std::uint64_t, std::uint64_t) { source.request_stop(); }, source.get_token());
        QVERIFY(!checked);
        QCOMPARE(checked.error().code, ErrorCode::cancelled);
    }

    /// Two large checkpoints of one shape differ in their fingerprints by their small tensors.
    void fingerprintSeesNorms()
    {
        const auto before = (*Model::open(m_path))->fingerprint();
        putByte("layers.3.attn_norm.weight", 0, 0x12);
        QVERIFY((*Model::open(m_path))->fingerprint() != before);
    }

    void smallOnesAreUnpacked()
    {
        const auto model = Model::open(kTiny);
        QVERIFY(model);
        QVERIFY(!(*model)->isMapped());
        QVERIFY((*model)->residentBytes() > (*model)->storedBytes());
        QVERIFY((*model)->checkWeights());
    }

private:
    void writeSparse(const std::filesystem::path& file)
    {
        const auto tiny = Checkpoint::openDirectory(kTiny);
        QVERIFY(tiny);
        nlohmann::json header;
        std::uint64_t offset = 0;
        std::map<std::string, std::uint64_t> places;
        for (const auto& [name, view] : (*tiny)->tensors()) {
            auto shape = view.shape;
            std::uint64_t size = view.bytes.size();
            if (isExpert(name)) {
                shape = grownShape(name, shape);
                size = std::uint64_t(shape[0]) * shape[1]; // all of one byte an element
            }
            places[name] = offset;
            header[name] = {{"dtype", dtypeName(view.type)},
                            {"shape", shape},
                            {"data_offsets", {offset, offset + size}}};
            offset += size;
        }
        std::string text = header.dump();
        text.resize((text.size() + 7) / 8 * 8, ' ');
        const std::uint64_t size = text.size();
        std::ofstream stream(file, std::ios::binary | std::ios::trunc);
        stream.write(reinterpret_cast<const char*>(&size), sizeof size);
        stream.write(text.data(), std::streamsize(size));
        for (const auto& [name, view] : (*tiny)->tensors()) {
            m_places[name] = 8 + size + places[name];
            if (isExpert(name))
                continue;
            stream.seekp(std::streamoff(m_places[name]));
            stream.write(reinterpret_cast<const char*>(view.bytes.data()),
                         std::streamsize(view.bytes.size()));
        }
        stream.close();
        std::filesystem::resize_file(file, 8 + size + offset);
    }

    void putByte(const std::string& tensor, std::uint64_t at, int byte)
    {
        std::fstream stream(m_path / "model.safetensors",
                            std::ios::binary | std::ios::in | std::ios::out);
        stream.seekp(std::streamoff(m_places.at(tensor) + at));
        stream.put(char(byte));
    }

    QTemporaryDir m_folder;
    std::filesystem::path m_path;
    std::map<std::string, std::uint64_t> m_places; ///< in the file
};

QTEST_GUILESS_MAIN(TestMappedCheckpoint)
#include "tst_mapped_checkpoint.moc"
