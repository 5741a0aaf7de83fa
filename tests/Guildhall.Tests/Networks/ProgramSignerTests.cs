using System.Security.Cryptography;
using Guildhall.Fabric;
using Guildhall.Networks;
using Guildhall.Programs;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Networks;

/// <summary>Programs that hold keys, small ones in sh and openssl's.</summary>
public sealed class ProgramSignerTests : IDisposable
{
    private static readonly TestOrganization Org1 = new("Org1MSP");
    private static readonly byte[] Message = "an update to be signed"u8.ToArray();

    private readonly TemporaryFolder folder = new();
    private readonly TestCertificate admin = Org1.Authority.Issue("admin", "admin");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_program_signs_with_the_key_of_the_name_that_it_is_given()
    {
        folder.Write("admin.pem", admin.KeyPem);

        var signature = await SignAsync($"openssl dgst -sha256 -sign '{folder.Path}'/\"$1\".pem");

        Assert.True(IsGood(signature));
    }

    [Fact]
    public async Task A_signature_as_hardware_gives_it_is_taken_too()
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(admin.KeyPem);
        var raw = key.SignData(Message, HashAlgorithmName.SHA256);
        File.WriteAllBytes(Path.Combine(folder.Path, "raw"), raw);

        Assert.True(IsGood(await SignAsync($"cat > /dev/null; cat '{folder.Path}/raw'")));
    }

    [Theory]
    [InlineData("cat > /dev/null; echo the card is not inserted >&2; exit 3", "ended with 3: the card is not inserted")]
    [InlineData("exit 1", "ended with 1 and said nothing")]
    [InlineData("cat > /dev/null; echo hello", "answered 6 bytes that are no signature")]
    [InlineData("openssl ecparam -name prime256v1 -genkey -noout 2>/dev/null > \"$0.key\"; openssl dgst -sha256 -sign \"$0.key\"", "signed with another key than that of the certificate of Org1MSP")]
    [InlineData("test -z \"$GUILDHALL_STORE\" || exit 9; exit 4", "ended with 4")]
    public async Task What_goes_wrong_is_told_with_what_the_program_said(string script, string words)
    {
        var failed = await Assert.ThrowsAsync<OperatorException>(() => SignAsync(script));

        Assert.StartsWith("The signing program, asked for key admin, " + words, failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_handed_what_is_named_of_the_environment_and_nothing_else()
    {
        Environment.SetEnvironmentVariable("GUILDHALL_TEST_UNNAMED", "hidden");
        Environment.SetEnvironmentVariable("GUILDHALL_SIGNER_TEST_PIN", "5678");

        await Assert.ThrowsAsync<OperatorException>(() => SignAsync($"env > '{folder.Path}/env'; exit 1"));

        var names = File.ReadLines(folder.File("env")).Select(line => line.Split('=')[0]).Except(["PWD", "SHLVL", "_", "OLDPWD"]).ToArray();
        Assert.Contains("PATH", names);
        Assert.Contains("GUILDHALL_SIGNER_TEST_PIN", names);
        Assert.DoesNotContain("GUILDHALL_TEST_UNNAMED", names);
        Assert.All(names, name => Assert.True(ProgramEnvironment.OfSigner.Contains(name), name));
    }

    [Theory]
    [InlineData("PGPASSWORD", false)]
    [InlineData("GUILDHALL_STORE", false)]
    [InlineData("AWS_SECRET_ACCESS_KEY", false)]
    [InlineData("LD_PRELOAD", false)]
    [InlineData("PATH", true)]
    [InlineData("TZ", true)]
    [InlineData("PKCS11_PIN", true)]
    [InlineData("SOFTHSM2_CONF", true)]
    public void A_password_of_the_database_is_not_named_by_default(string variable, bool isHanded)
    {
        Assert.Equal(isHanded, ProgramEnvironment.OfSigner.Contains(variable));
        Assert.True(new ProgramEnvironment([variable]).Contains(variable));
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_told()
    {
        var signer = new ProgramSigner("/no/such/program", "admin", new SigningIdentity("Org1MSP", admin.Pem));

        Assert.Contains("cannot be started", (await Assert.ThrowsAsync<OperatorException>(async () => await signer.SignAsync(Message, default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_is_ended_when_its_caller_goes_away()
    {
        using var leaving = new CancellationTokenSource();
        var script = $"echo $$ > '{folder.Path}/pid'; exec sleep 600";
        var signing = SignAsync(script, leaving.Token);
        string? pid;
        while ((pid = File.Exists(Path.Combine(folder.Path, "pid")) ? File.ReadAllText(Path.Combine(folder.Path, "pid")).Trim() : null) is null or "")
        {
            await Task.Yield();
        }

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => signing);
        Assert.True(!Directory.Exists($"/proc/{pid}") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ten_at_once_are_ten_programs()
    {
        folder.Write("admin.pem", admin.KeyPem);
        var signer = Signer($"openssl dgst -sha256 -sign '{folder.Path}'/\"$1\".pem");

        var signatures = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => signer.SignAsync(Message, default).AsTask()));

        Assert.All(signatures, signature => Assert.True(IsGood(signature)));
    }

    private async Task<byte[]> SignAsync(string script, CancellationToken cancellationToken = default) => await Signer(script).SignAsync(Message, cancellationToken);

    private ProgramSigner Signer(string script)
    {
        var path = folder.Write("signer", $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return new ProgramSigner(path, "admin", new SigningIdentity("Org1MSP", admin.Pem));
    }

    private bool IsGood(byte[] signature)
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(admin.Pem);
        using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPublicKey(certificate)!;
        return key.VerifyData(Message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }
}
