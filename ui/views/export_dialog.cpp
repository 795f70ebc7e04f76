// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/export_dialog.h"

#include "views/soft_label.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QStandardPaths>

#include <array>

namespace ui {
namespace {

struct FormatRow
{
    ExportFormat format;
    const char* suffix;
};

constexpr std::array<FormatRow, 4> kFormats{{
    {ExportFormat::markdown, "md"},
    {ExportFormat::html, "html"},
    {ExportFormat::pdf, "pdf"},
    {ExportFormat::json, "json"},
}};

QString suffixOf(ExportFormat format)
{
    for (const FormatRow& row : kFormats) {
        if (row.format == format) {
            return QLatin1String(row.suffix);
        }
    }
    return {};
}

/// A title as a file name: what no file system takes becomes a blank.
QString fileNameFor(const QString& title)
{
    static const QRegularExpression bad(QStringLiteral("[/\\\\:*?\"<>|\\x00-\\x1f]+"));
    QString name = title;
    name = name.replace(bad, QStringLiteral(" ")).simplified().left(80);
    return name.isEmpty() ? QStringLiteral("transcript") : name;
}

} // namespace

ExportDialog::ExportDialog(const QString& sessionTitle, bool hasBranches, QWidget* parent)
    : QDialog(parent)
{
    setObjectName(QStringLiteral("exportDialog"));
    setWindowTitle(tr("Export the transcript"));
    m_format = new QComboBox;
    m_format->setObjectName(QStringLiteral("exportFormat"));
    m_format->setAccessibleName(tr("Format"));
    m_format->addItem(tr("Markdown"), static_cast<int>(ExportFormat::markdown));
    m_format->addItem(tr("Web page (HTML)"), static_cast<int>(ExportFormat::html));
    m_format->addItem(tr("PDF"), static_cast<int>(ExportFormat::pdf));
    m_format->addItem(tr("JSON, for programs"), static_cast<int>(ExportFormat::json));
    m_file = new QLineEdit;
    m_file->setObjectName(QStringLiteral("exportFile"));
    m_file->setAccessibleName(tr("File"));
    m_file->setMinimumWidth(fontMetrics().averageCharWidth() * 52);
    const QString folder = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
    m_file->setText(QDir(folder).filePath(fileNameFor(sessionTitle) + QStringLiteral(".md")));
    auto* browseButton = new QPushButton(tr("Choose…"));
    browseButton->setObjectName(QStringLiteral("exportBrowse"));
    browseButton->setAutoDefault(false);
    m_note = new SoftLabel(SoftLabel::Kind::small,
                           tr("Questions, answers and the numbered sources with document, page or "
                              "line, quotation and state."));
    m_note->setWordWrap(true);
    m_allBranches = new QCheckBox(tr("Also versions and branches that are not shown"));
    m_allBranches->setObjectName(QStringLiteral("exportAllBranches"));
    m_allBranches->setVisible(hasBranches);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_export = buttons->addButton(tr("Export"), QDialogButtonBox::AcceptRole);
    m_export->setObjectName(QStringLiteral("exportButton"));

    auto* fileRow = new QHBoxLayout;
    fileRow->addWidget(m_file, 1);
    fileRow->addWidget(browseButton);
    auto* form = new QFormLayout(this);
    form->setContentsMargins(16, 16, 16, 12);
    form->setSpacing(10);
    form->addRow(tr("Format"), m_format);
    form->addRow(tr("File"), fileRow);
    form->addRow(m_allBranches);
    form->addRow(m_note);
    form->addRow(buttons);
    m_export->setDefault(true); // once it is in the dialog

    connect(m_format, &QComboBox::currentIndexChanged, this, &ExportDialog::updateSuffix);
    connect(m_file, &QLineEdit::textChanged, this, &ExportDialog::updateButton);
    connect(browseButton, &QPushButton::clicked, this, &ExportDialog::browse);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

ExportFormat ExportDialog::format() const
{
    return static_cast<ExportFormat>(m_format->currentData().toInt());
}

bool ExportDialog::allBranches() const
{
    return m_allBranches->isChecked();
}

QString ExportDialog::file() const
{
    return QDir::cleanPath(m_file->text().trimmed());
}

void ExportDialog::updateSuffix()
{
    const QString path = m_file->text();
    const QString old = QFileInfo(path).suffix();
    for (const FormatRow& row : kFormats) {
        if (old == QLatin1String(row.suffix)) {
            m_file->setText(path.left(path.size() - old.size()) + suffixOf(format()));
            return;
        }
    }
    m_file->setText(path + QLatin1Char('.') + suffixOf(format()));
}

void ExportDialog::updateButton()
{
    const QFileInfo info(file());
    const bool usable = !m_file->text().trimmed().isEmpty() && info.dir().exists() && !info.isDir();
    m_export->setEnabled(usable);
    m_file->setToolTip(usable ? QString() : tr("This folder does not exist."));
}

void ExportDialog::browse()
{
    auto* dialog = new QFileDialog(this, windowTitle(), m_file->text());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(suffixOf(format()));
    connect(dialog, &QFileDialog::fileSelected, m_file, &QLineEdit::setText);
    dialog->open();
}

} // namespace ui
