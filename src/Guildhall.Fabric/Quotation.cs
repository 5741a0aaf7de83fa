namespace Guildhall.Fabric;

/// <summary>Texts that others chose inside of sentences.</summary>
public static class Quotation
{
    /// <summary>In quotes, so that it is seen where it ends; a mere name stands as it is.</summary>
    public static string Of(string text) =>
        text.Length > 0 && text.All(one => char.IsAsciiLetterOrDigit(one) || one is '.' or '-' or '_') ? text : $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";
}
