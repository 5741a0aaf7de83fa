using System.Text;

namespace Guildhall.Console.Services;

/// <summary>The files of an MSP folder that was chosen in a form.</summary>
internal static class MspFolder
{
    private static readonly string[] Folders = ["cacerts", "intermediatecerts", "admincerts", "crls", "tlscacerts", "tlsintermediatecerts"];

    /// <summary>By their path in the MSP. Of the folder nothing else is read: neither its keys nor its own certificates are anybody's business here.</summary>
    /// <remarks>A browser names the folder itself first; a file that stands elsewhere, such as in the folder above, is passed over.</remarks>
    public static IEnumerable<(string Path, string Text)> FilesIn(IEnumerable<FormFile> files) =>
        from file in files
        let parts = file.Path.Split('/', '\\')
        where (parts.Length == 3 && Folders.Contains(parts[1])) || (parts.Length == 2 && parts[1] == "config.yaml")
        select (string.Join('/', parts[1..]), Encoding.UTF8.GetString(file.Content.Span));
}
