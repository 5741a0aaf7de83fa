using Microsoft.Extensions.Primitives;

namespace Guildhall.Console;

/// <summary>The fields of a form, as they were typed but for the blanks around them, and the files that were chosen.</summary>
/// <remarks>A page filled some of them, with names as it writes them out: they are read back.</remarks>
internal sealed class Form(Dictionary<string, StringValues> fields, IReadOnlyList<FormFile> files)
{
    public static readonly Form Empty = new([], []);

    /// <summary>The field's text; empty when it was not sent.</summary>
    public string this[string name] => PrintableText.Read(fields.GetValueOrDefault(name).ToString()).Trim();

    /// <summary>The field's text with its blanks; a password may begin with one.</summary>
    public string Exactly(string name) => fields.GetValueOrDefault(name).ToString();

    /// <summary>The values of boxes that were ticked, or of rows.</summary>
    public string[] All(string name) => [.. fields.GetValueOrDefault(name).OfType<string>().Select(value => PrintableText.Read(value).Trim())];

    public bool Has(string name) => fields.ContainsKey(name);

    /// <summary>The file that was chosen for the field; null for none.</summary>
    public FormFile? File(string name) => files.FirstOrDefault(file => file.Field == name);

    /// <summary>The files that were chosen for the field, such as those of a folder.</summary>
    public IEnumerable<FormFile> Files(string name) => files.Where(file => file.Field == name);
}

/// <summary>A file that was chosen in a form.</summary>
/// <param name="Path">Its name; of a folder that was chosen, the path from and with the folder's name.</param>
internal sealed record FormFile(string Field, string Path, ReadOnlyMemory<byte> Content);
