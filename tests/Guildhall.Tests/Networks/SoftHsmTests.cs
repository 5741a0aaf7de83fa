using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Guildhall.Fabric;
using Guildhall.Networks;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Networks;

/// <summary>The script that docs/fabric-keys.md shows, in front of a token of SoftHSM; skipped where SoftHSM or OpenSC's tool is not installed.</summary>
public sealed partial class SoftHsmTests : IDisposable
{
    private static readonly string[] Modules = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_key_in_a_token_signs_through_the_script_that_the_page_shows()
    {
        var module = Modules.FirstOrDefault(File.Exists);
        Assert.SkipWhen(module is null || !IsInstalled("pkcs11-tool") || !IsInstalled("softhsm2-util"), "SoftHSM and pkcs11-tool are not installed (packages softhsm2 and opensc).");
        var admin = new TestOrganization("Org1MSP").Authority.Issue("admin", "admin");
        Directory.CreateDirectory(folder.File("tokens"));
        var settings = new Dictionary<string, string>
        {
            ["SOFTHSM2_CONF"] = folder.Write("softhsm2.conf", $"directories.tokendir = {folder.File("tokens")}\n"),
            ["PKCS11_MODULE"] = module!,
            ["PKCS11_PIN"] = "5678",
        };
        await RunAsync(settings, "softhsm2-util", "--init-token", "--free", "--label", "guildhall", "--so-pin", "1234", "--pin", "5678");
        await RunAsync(settings, "softhsm2-util", "--import", folder.Write("key.pem", admin.KeyPem), "--token", "guildhall", "--label", "harbor-trade/admin", "--id", Convert.ToHexStringLower("harbor-trade/admin"u8), "--pin", "5678");
        var environment = string.Join(' ', settings.Select(setting => $"{setting.Key}='{setting.Value}'"));
        var program = Script("signer", $"#!/bin/sh\n{environment} exec '{Script("documented", Documented())}' \"$1\"\n");
        ProgramSigner SignerOf(string key) => new(program, key, new SigningIdentity("Org1MSP", admin.Pem));

        var signature = await SignerOf("harbor-trade/admin").SignAsync("an update"u8.ToArray(), default);
        var anothers = await Assert.ThrowsAsync<OperatorException>(async () => await SignerOf("north-mill/admin").SignAsync("an update"u8.ToArray(), default));

        using var certificate = X509Certificate2.CreateFromPem(admin.Pem);
        using var key = certificate.GetECDsaPublicKey()!;
        Assert.Contains("Private key not found", anothers.Message, StringComparison.Ordinal);
        Assert.True(key.VerifyData("an update"u8, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    private static string Documented() => Fence().Match(Repository.Read("docs/fabric-keys.md")).Groups["script"].Value;

    private string Script(string name, string text)
    {
        var path = folder.Write(name, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    private static async Task RunAsync(Dictionary<string, string> settings, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await output + await error);
    }

    [GeneratedRegex(@"^```sh\n(?<script>#!/bin/sh\n.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Fence();
}
