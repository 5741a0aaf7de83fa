using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>Signs with a key that a program of the operator's holds: in an HSM, in a vault, behind an approval. docs/fabric-keys.md has its contract.</summary>
/// <remarks>The program is started for each signature, without a shell. It inherits the environment without Guildhall's own variables.</remarks>
/// <param name="keyName">Begins with the account that the key is of, where it is one of several.</param>
/// <param name="quota">How many programs may run; null for one person's own.</param>
public sealed class ProgramSigner(string program, string keyName, SigningIdentity identity, ProgramQuota? quota = null) : ISigner
{
    /// <summary>How long the program may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private const int MaxOutput = 4096;
    private const int MaxComplaint = 400;
    private const int RawLength = 64; // r and s of P-256, one after the other, as PKCS#11 has them

    public SigningIdentity Identity => identity;

    /// <exception cref="OperatorException">The program failed, or signed with another key than the certificate's; the message says what it said.</exception>
    public async ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var output = await RunAsync(message, cancellationToken);
        var signature = InDer(output) ?? throw Failure($"answered {output.Length} bytes that are no signature: DER, or r and s in {RawLength} bytes, is expected on its standard output");
        return IsGood(message, signature) ? signature : throw Failure($"signed with another key than that of the certificate of {identity.MspId}, or not the SHA-256 of its standard input");
    }

    private async Task<byte[]> RunAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        string? whyNot = null;
        using var room = quota?.Enter(keyName.Split('/')[0], out whyNot);
        if (whyNot is not null)
        {
            throw Failure(whyNot);
        }

        using var process = new Process { StartInfo = Start() };
        using var time = new CancellationTokenSource(Limit);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        try
        {
            process.Start();
        }
        catch (Exception problem) when (problem is Win32Exception or InvalidOperationException)
        {
            throw Failure($"cannot be started: {problem.Message}");
        }

        try
        {
            var output = ReadAsync(process.StandardOutput.BaseStream, both.Token);
            var complaint = ReadAsync(process.StandardError.BaseStream, both.Token);
            await WriteAsync(process.StandardInput.BaseStream, message, both.Token);
            await Task.WhenAll(output, complaint, process.WaitForExitAsync(both.Token));
            return process.ExitCode == 0 ? await output : throw Failure($"ended with {process.ExitCode}{Said(await complaint)}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure($"took longer than {Limit.TotalSeconds} seconds");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private ProcessStartInfo Start()
    {
        var start = new ProcessStartInfo(program, [keyName]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var own in start.Environment.Keys.Where(name => name.StartsWith("GUILDHALL_", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(own); // among them the database's password
        }

        return start;
    }

    private static async Task WriteAsync(Stream input, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        try
        {
            await using (input)
            {
                await input.WriteAsync(message, cancellationToken);
            }
        }
        catch (IOException)
        {
            // It ended before it had read all. Its exit code and its words tell more than the broken pipe.
        }
    }

    /// <summary>Reads all, and keeps the beginning.</summary>
    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var (kept, length) = (new byte[MaxOutput], 0);
        var rest = new byte[MaxOutput];
        int read;
        while ((read = await stream.ReadAsync(length < kept.Length ? kept.AsMemory(length) : rest, cancellationToken)) > 0)
        {
            length = Math.Min(kept.Length, length + read);
        }

        return kept[..length];
    }

    private static byte[]? InDer(byte[] output)
    {
        try
        {
            _ = Ecdsa.IsLowS(output);
            return output;
        }
        catch (CryptographicException) when (output.Length == RawLength)
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                writer.WriteIntegerUnsigned(WithoutZeros(output.AsSpan(0, RawLength / 2)));
                writer.WriteIntegerUnsigned(WithoutZeros(output.AsSpan(RawLength / 2)));
            }

            return writer.Encode();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static ReadOnlySpan<byte> WithoutZeros(ReadOnlySpan<byte> number) =>
        number.IndexOfAnyExcept((byte)0) is var first && first < 0 ? number[^1..] : number[first..];

    private bool IsGood(ReadOnlyMemory<byte> message, byte[] signature)
    {
        using var certificate = identity.ReadCertificate();
        using var key = certificate.GetECDsaPublicKey();
        return key?.VerifyData(message.Span, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) == true;
    }

    private static string Said(byte[] complaint)
    {
        var text = Encoding.UTF8.GetString(complaint).ReplaceLineEndings(" ").Trim();
        return text.Length == 0 ? " and said nothing" : $": {(text.Length <= MaxComplaint ? text : text[..MaxComplaint] + "…")}";
    }

    private OperatorException Failure(string what) => new($"The signing program, asked for key {keyName}, {what}.");
}
