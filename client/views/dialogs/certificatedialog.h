// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QLabel;
class QPushButton;

namespace rookery::client {

struct CertificateProblem;

/// Shows a certificate that was refused and asks whether to trust it. Return and Escape cancel. Accepted: it
/// is to be trusted.
class CertificateDialog : public QDialog
{
    Q_OBJECT
public:
    CertificateDialog(const CertificateProblem &problem, QWidget *parent);

    QString fingerprint() const { return m_fingerprint; }
    QPushButton *trustButton() const { return m_trust; }
    QPushButton *cancelButton() const { return m_cancel; }

private:
    QString m_fingerprint;
    QPushButton *m_trust;
    QPushButton *m_cancel;
};

} // namespace rookery::client
