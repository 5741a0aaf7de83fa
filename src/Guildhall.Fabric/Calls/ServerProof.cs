using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Guildhall.Fabric;

/// <summary>What a server has proved about itself by TLS, and what a failed call says accordingly.</summary>
/// <remarks>
/// Whoever names an address learns of it what he could not have made himself only where the server shows a certificate of the authorities
/// that he gave. Otherwise a closed port, a silent one and one that speaks something else are told in the same words, or this program would be a way to look at networks
/// that it can reach and he cannot. docs/decisions/nodes.md weighs it.
/// </remarks>
/// <param name="onFailure">Is told the rest.</param>
internal sealed class ServerProof(NodeEndpoint endpoint, Action<NodeEndpoint, string>? onFailure, TimeProvider clock)
{
    private string? problem;
    private bool isProven;

    /// <summary>Another connection begins. Whoever answers it has proved nothing: the name may lead elsewhere now.</summary>
    public void Begin() => (problem, isProven) = (null, false);

    /// <summary>Whether the certificate is of the authorities given, and for the name that was asked for.</summary>
    public bool Accepts(X509Certificate2? certificate, SslPolicyErrors errors)
    {
        problem = certificate is null ? "it showed no certificate" : WhyNot(certificate, errors);
        isProven |= problem is null;
        return problem is null;
    }

    public GrpcProblem Understood(HttpRequestException failed)
    {
        if (failed.InnerException is NodeRefusedException refused)
        {
            return new GrpcProblem(GrpcFailure.NotAllowed, refused.Message, inner: failed);
        }

        if (failed.HttpRequestError == HttpRequestError.SecureConnectionError && problem is { } untrusted)
        {
            return new GrpcProblem(GrpcFailure.TlsRefused, $"No TLS connection to {endpoint}: {untrusted}.", inner: failed);
        }

        var isReached = failed.HttpRequestError is not (HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError);
        if (isReached || isProven)
        {
            return Broken(failed);
        }

        Tell(Deepest(failed));
        return new GrpcProblem(GrpcFailure.NotReached, endpoint.Unanswered, inner: failed);
    }

    /// <summary>The client cannot make anything of the address.</summary>
    public GrpcProblem NotDialled(Exception failed)
    {
        Tell(Deepest(failed));
        return new GrpcProblem(GrpcFailure.NotReached, endpoint.Unanswered, inner: failed);
    }

    public GrpcProblem Broken(Exception failed)
    {
        Tell(Deepest(failed));
        return new GrpcProblem(
            GrpcFailure.Broken,
            isProven ? $"{endpoint} broke off the connection. A server that demands a TLS client certificate does so when it is shown none that it trusts." : endpoint.Unanswered,
            inner: failed);
    }

    public GrpcProblem TimedOut(Exception failed)
    {
        Tell("it did not answer in time");
        return new GrpcProblem(GrpcFailure.TimedOut, isProven ? $"{endpoint} did not answer in time." : endpoint.Unanswered, inner: failed);
    }

    /// <param name="what">What it does instead.</param>
    public GrpcProblem NotGrpc(string what)
    {
        Tell(what);
        return new GrpcProblem(GrpcFailure.Broken, isProven ? $"{endpoint} does not answer as gRPC does: {what}. Is this the address of an orderer or peer?" : endpoint.Unanswered);
    }

    public void Tell(string detail) => onFailure?.Invoke(endpoint, detail);

    private string? WhyNot(X509Certificate2 certificate, SslPolicyErrors errors)
    {
        if (CertificateChain.WhyNotIssued(certificate, endpoint.TlsAuthorities, clock.GetUtcNow()) is { } untrusted)
        {
            Tell(untrusted);
            return endpoint.TlsAuthorities.Any(authority => authority.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData))
                ? untrusted
                : "its certificate was issued by none of the authorities given";
        }

        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? $"the server's certificate (\"{certificate.Subject}\") is not for {endpoint.ServerName ?? endpoint.Address.Host}; set the expected name, in a connection profile ssl-target-name-override"
            : null;
    }

    private static string Deepest(Exception problem) => problem.GetBaseException().Message;
}
