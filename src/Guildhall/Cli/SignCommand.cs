using System.Collections.Immutable;
using System.CommandLine;
using System.Security.Cryptography;
using Guildhall.Fabric;
using Guildhall.Networks;
using Guildhall.Storage;

namespace Guildhall.Cli;

/// <summary><c>guildhall sign</c>: an administrator signs a change of a channel where its key is, with no connection to anything.</summary>
public static class SignCommand
{
    private static readonly Argument<string> Request = new("request") { Description = "The request, as Guildhall gives it, or a file that peer channel signconfigtx takes." };
    private static readonly Option<string> Certificate = new("--cert") { Description = "The administrator's certificate (PEM).", HelpName = "FILE", Required = true };
    private static readonly Option<string?> Key = new("--key") { Description = "Its private key (PEM, not encrypted).", HelpName = "FILE" };
    private static readonly Option<string?> Program = new("--signer") { Description = "In place of --key: a program that holds the key; docs/fabric-keys.md has its contract.", HelpName = "PROGRAM" };
    private static readonly Option<string?> KeyName = new("--key-name") { Description = "What that program calls the key.", HelpName = "NAME" };
    private static readonly Option<string> MspId = new("--msp-id") { Description = "The MSP id of the organization in whose name is signed.", HelpName = "ID", Required = true };
    private static readonly Option<string?> Output = new("--output") { Description = "Where to write the signature; beside the request by default.", HelpName = "FILE" };
    private static readonly Option<bool> Yes = new("--yes") { Description = "Do not ask." };

    public static Command Create()
    {
        var command = new Command(
            "sign",
            """
            Sign a change of a channel, where the key is. It says what the change does, from the bytes that are signed, asks, and writes a
            file to hand in. It connects to nothing.
            Example: guildhall sign trade-request.json --cert admin.pem --key admin.key --msp-id Org2MSP
            """)
        {
            Request, Certificate, Key, Program, KeyName, MspId, Output, Yes,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (file, output) = (parsed.GetRequiredValue(Request), parsed.InvocationConfiguration.Output);
        if (ReadChallenge(file) is { } challenge)
        {
            return await SignChallengeAsync(parsed, file, challenge, output, cancellationToken);
        }

        var request = ReadRequest(file);
        var identity = new SigningIdentity(parsed.GetRequiredValue(MspId), Text(parsed.GetRequiredValue(Certificate)));
        RefuseUnfit(identity, request);
        await output.WriteLineAsync(PrintableText.Of($"Channel {request.Update.Channel}, update {request.Update.Digest}"));
        foreach (var sentence in Told(request, file))
        {
            await output.WriteLineAsync(PrintableText.Of($"- {sentence}"));
        }

        if (request.ReadThrough is { } account)
        {
            await output.WriteLineAsync(PrintableText.Of($"What is said of the present channel was read through the nodes of {account}, as the request says."));
        }

        if (!parsed.GetValue(Yes) && !await ConfirmAsync(identity, output))
        {
            throw new OperatorException("Nothing was signed.");
        }

        var signer = SignerOf(parsed, identity);
        using var owned = signer as IDisposable;
        var signature = await UpdateSignature.CreateAsync(request.Update, signer, cancellationToken);
        var target = parsed.GetValue(Output) ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, $"{Path.GetFileNameWithoutExtension(file)}.{identity.MspId}.signature.json");
        Save(target, new SignatureFile(request.Update.Digest, signature, identity.MspId).Write());
        await output.WriteLineAsync(PrintableText.Of($"Signed as {identity.MspId}: {target}. Hand it in to whoever asked."));
        return 0;
    }

    /// <summary>A challenge is told from a change by what is in the file, and what is signed for it begins as no change does.</summary>
    private static (string Organization, string MspId, string Text)? ReadChallenge(string file)
    {
        try
        {
            return PossessionFiles.Read(File.ReadAllBytes(file));
        }
        catch (Exception problem) when (problem is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"{file} cannot be signed: {problem.Message}");
        }
    }

    private static async Task<int> SignChallengeAsync(
        ParseResult parsed, string file, (string Organization, string MspId, string Text) challenge, TextWriter output, CancellationToken cancellationToken)
    {
        var identity = new SigningIdentity(parsed.GetRequiredValue(MspId), Text(parsed.GetRequiredValue(Certificate)));
        if (identity.MspId != challenge.MspId)
        {
            throw new OperatorException($"The challenge is for an administrator of {challenge.MspId}, and --msp-id says {identity.MspId}.");
        }

        RefuseExpired(identity);
        foreach (var line in challenge.Text.TrimEnd('\n').Split('\n'))
        {
            await output.WriteLineAsync(PrintableText.Of(line));
        }

        if (!parsed.GetValue(Yes) && !await ConfirmAsync(identity, output))
        {
            throw new OperatorException("Nothing was signed.");
        }

        var signer = SignerOf(parsed, identity);
        using var owned = signer as IDisposable;
        var signature = await signer.SignAsync(System.Text.Encoding.UTF8.GetBytes(challenge.Text), cancellationToken);
        var target = parsed.GetValue(Output) ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, $"{Path.GetFileNameWithoutExtension(file)}.{identity.MspId}.possession.json");
        Save(target, PossessionFiles.WriteAnswer(challenge.Organization, identity.CertificatePem, signature));
        await output.WriteLineAsync(PrintableText.Of($"Signed as {identity.MspId}: {target}. Hand it in where the challenge came from."));
        return 0;
    }

    private static SignatureRequestFile ReadRequest(string file)
    {
        try
        {
            return SignatureRequestFile.Read(File.ReadAllBytes(file));
        }
        catch (Exception problem) when (problem is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"{file} cannot be signed: {problem.Message}");
        }
    }

    private static ImmutableArray<string> Told(SignatureRequestFile request, string file)
    {
        try
        {
            return ChangeInWords.Of(request.Update, request.Current);
        }
        catch (FabricException problem)
        {
            throw new OperatorException($"{file} cannot be signed: {problem.Message}");
        }
    }

    /// <summary>A signature that would not count is not made.</summary>
    private static void RefuseUnfit(SigningIdentity identity, SignatureRequestFile request)
    {
        var now = RefuseExpired(identity);
        if (request.Current is not { } channel)
        {
            return; // there is nothing to hold it against
        }

        if (channel.Msp(identity.MspId) is not { } msp)
        {
            throw new OperatorException($"{identity.MspId} is not in channel {channel.Channel}; its organizations are {string.Join(", ", channel.Organizations.Select(one => one.MspId))}. Correct --msp-id.");
        }

        var check = msp.Check(identity, now);
        if (check.Signer is not { } signer)
        {
            throw new OperatorException($"The certificate is not good for {identity.MspId}: {check.Words}.");
        }

        if (!signer.IsAdmin)
        {
            throw new OperatorException($"The certificate is of {identity.MspId} and of no administrator there, so its signature would not count.");
        }
    }

    private static DateTimeOffset RefuseExpired(SigningIdentity identity)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = ReadCertificate(identity);
        if (certificate.NotAfter.ToUniversalTime() < now.UtcDateTime || certificate.NotBefore.ToUniversalTime() > now.UtcDateTime)
        {
            throw new OperatorException($"The certificate \"{certificate.Subject}\" is valid from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}, and not now. Enroll the administrator again.");
        }

        return now;
    }

    private static ISigner SignerOf(ParseResult parsed, SigningIdentity identity)
    {
        switch (parsed.GetValue(Key), parsed.GetValue(Program), parsed.GetValue(KeyName))
        {
            case ({ } key, null, null):
                try
                {
                    return new KeySigner(identity, Text(key));
                }
                catch (ArgumentException problem)
                {
                    throw new OperatorException($"{key}: {problem.Message}");
                }

            case (null, { } program, { } name):
                return new ProgramSigner(Path.GetFullPath(program), name, identity);
            default:
                throw new OperatorException("Give either --key, or --signer with --key-name.");
        }
    }

    private static async Task<bool> ConfirmAsync(SigningIdentity identity, TextWriter output)
    {
        if (System.Console.IsInputRedirected)
        {
            throw new OperatorException("Nothing was signed: there is no terminal to ask at. Read what it does above, and sign with --yes.");
        }

        await output.WriteAsync(PrintableText.Of($"Sign this as {identity.MspId}? Type yes: "));
        return (await System.Console.In.ReadLineAsync())?.Trim() == "yes";
    }

    private static System.Security.Cryptography.X509Certificates.X509Certificate2 ReadCertificate(SigningIdentity identity)
    {
        try
        {
            return identity.ReadCertificate();
        }
        catch (CryptographicException)
        {
            throw new OperatorException("--cert holds no certificate in PEM.");
        }
    }

    private static void Save(string target, byte[] content)
    {
        try
        {
            PrivateFiles.Write(target, content);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"The signature cannot be written: {problem.Message}");
        }
    }

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"{file} cannot be read: {problem.Message}");
        }
    }
}
