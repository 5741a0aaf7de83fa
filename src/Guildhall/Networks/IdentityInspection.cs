using System.Security.Cryptography;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>Whether an identity that was handed in is what it is given for, and whether its key is at hand.</summary>
internal static class IdentityInspection
{
    /// <summary>A signer of the identity; null where none is given, or it is of no use.</summary>
    public static async Task<ISigner?> RunAsync(
        CheckedPart part,
        OrganizationFiles organization,
        GivenIdentity? given,
        MspDefinition msp,
        NetworkSettings settings,
        DateTimeOffset at,
        Action<AttachmentCheck> take,
        CancellationToken cancellationToken)
    {
        if (given is null)
        {
            if (part == CheckedPart.Administrator)
            {
                take(AttachmentCheck.Good(part, organization.Name, "signs for itself: its requests wait for guildhall sign, or for the API."));
            }

            return null;
        }

        var known = new SigningIdentity(msp.MspId, given.CertificatePem);
        var check = msp.Check(known, at);
        if (check.Signer is not { } who)
        {
            take(AttachmentCheck.Fail(part, organization.Name, $"its certificate is not good for {msp.MspId}: {check.Words}.", "Give a certificate that an authority of this organization issued, and that is valid now."));
            return null;
        }

        if (WhyNotFit(part, msp, who) is { } unfit)
        {
            take(AttachmentCheck.Fail(part, organization.Name, unfit, $"Enroll an identity with the unit {(part == CheckedPart.Administrator ? "admin" : "client")}, or give another one."));
        }

        if (await FindKeyAsync(part, organization, given, known, settings, take, cancellationToken) is not { } signer)
        {
            return null;
        }

        using var certificate = known.ReadCertificate();
        take(ProfileInspection.OfLifetime(part, organization.Name, "its certificate", certificate, at)
            ?? AttachmentCheck.Good(part, organization.Name, $"\"{certificate.Subject}\" is {(who.IsAdmin ? "an administrator" : "a member")} until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}; its key is {(given.KeyName is { } name ? $"{name} of the signing program" : "sealed here")}."));
        return signer;
    }

    private static string? WhyNotFit(CheckedPart part, MspDefinition msp, Signer who) => part switch
    {
        CheckedPart.Administrator when !who.IsAdmin => $"its certificate is of {msp.MspId}, and of no administrator there{Units(who)}.",
        CheckedPart.Client when msp.NodeOusEnabled && !who.IsAdmin && !who.Roles.Contains(MspRole.Client) => $"its certificate is of {msp.MspId}, and of neither a client nor an administrator{Units(who)}: it could not submit.",
        _ => null,
    };

    private static string Units(Signer who) => who.Units.IsEmpty ? " (it bears no organizational unit)" : $" (its units: {string.Join(", ", who.Units)})";

    private static async Task<ISigner?> FindKeyAsync(
        CheckedPart part,
        OrganizationFiles organization,
        GivenIdentity given,
        SigningIdentity known,
        NetworkSettings settings,
        Action<AttachmentCheck> take,
        CancellationToken cancellationToken)
    {
        if (given.KeyName is not null)
        {
            return await AskProgramAsync(part, organization, given.KeyName, known, settings, take, cancellationToken);
        }

        try
        {
            return new KeySigner(known, given.KeyPem ?? "");
        }
        catch (ArgumentException problem)
        {
            var words = problem.ParamName is { } name ? problem.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : problem.Message;
            take(AttachmentCheck.Fail(part, organization.Name, words, "Give the key that belongs to this certificate; in an MSP folder it is in keystore."));
            return null;
        }
    }

    /// <summary>Has the program sign something that is of use to nobody: it says whether the key is there, and the certificate's.</summary>
    private static async Task<ISigner?> AskProgramAsync(
        CheckedPart part, OrganizationFiles organization, string keyName, SigningIdentity known, NetworkSettings settings, Action<AttachmentCheck> take, CancellationToken cancellationToken)
    {
        if (settings.SigningProgram is not { } program)
        {
            take(AttachmentCheck.Fail(part, organization.Name, $"its key {keyName} is with a signing program, and this Guildhall knows none.", "Have the operator set fabric.signer."));
            return null;
        }

        var signer = new ProgramSigner(program, keyName, known, settings.Programs, settings.SignerEnvironment);
        try
        {
            await signer.SignAsync(RandomNumberGenerator.GetBytes(32), cancellationToken);
            return signer;
        }
        catch (OperatorException problem)
        {
            take(AttachmentCheck.Fail(part, organization.Name, problem.Message, "Look at the program and its keys; docs/fabric-keys.md has what is expected of it."));
            return null;
        }
    }
}
