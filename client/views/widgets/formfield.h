// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QHBoxLayout;
class QLabel;
class QLineEdit;

namespace rookery::client {

/// A labelled input with the sentence that is wrong about it right below.
class FormField : public QWidget
{
    Q_OBJECT
public:
    FormField(const QString &label, QWidget *parent = nullptr);

    QLineEdit *edit() const { return m_edit; }
    QString text() const;
    void setText(const QString &text);
    /// Puts a widget beside the input.
    void addBeside(QWidget *widget);

    /// Of the text without white space at its ends, in Unicode code points.
    void setLongest(int characters) { m_longest = characters; }
    /// Shows an error where the text is longer.
    bool checkLength();

    /// Shows the sentence and moves the focus here.
    void showError(const QString &sentence);
    void clearError();
    QString error() const;

private:
    QLineEdit *m_edit;
    QHBoxLayout *m_line;
    QLabel *m_error;
    int m_longest = 0; ///< 0: not known
};

} // namespace rookery::client
