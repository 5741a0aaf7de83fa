using System.Text.Json;
using Guildhall.Storage;

namespace Guildhall.Demo;

/// <summary><c>demo.json</c> in the data folder: everything a script needs to act for the demo's tenants. Readable by its owner only.</summary>
/// <param name="Accounts">The inviter first.</param>
internal sealed record DemoFile(string Endpoint, IReadOnlyList<DemoAccount> Accounts)
{
    /// <summary>The file as it was written last; null when there is none, or none that can be read.</summary>
    public static DemoFile? Read(string path)
    {
        try
        {
            var file = JsonSerializer.Deserialize(File.ReadAllBytes(path), DemoJson.Indented.DemoFile);
            return file?.Accounts.Contains(null) == true ? null : file;
        }
        catch (Exception exception) when (exception is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    public void Write(string path) => PrivateFiles.Write(path, [.. JsonSerializer.SerializeToUtf8Bytes(this, DemoJson.Indented.DemoFile), (byte)'\n']);
}

internal sealed record DemoAccount(
    string Name, string Id, DemoProject Project, DemoUser User, string AccessKey, string SecretKey, IReadOnlyList<DemoService> Services);

internal sealed record DemoProject(string Id, string Name);

internal sealed record DemoUser(string Id, string Name, string Password);

/// <param name="Organizations">By name.</param>
/// <param name="Channels">By name.</param>
internal sealed record DemoService(string Id, string Name, IReadOnlyList<string> Organizations, IReadOnlyList<string> Channels);
